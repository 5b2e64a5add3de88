import { describeOwners } from './owner-suite.js';

describeOwners();
