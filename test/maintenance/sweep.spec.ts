import { describeSweeps } from './sweep-suite.js';

describeSweeps();
