import { describeLinks } from './link-suite.js';

describeLinks();
