import { describeKeyReports } from './key-report-suite.js';

describeKeyReports();
