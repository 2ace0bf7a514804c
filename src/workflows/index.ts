/** What the bundle holds. The default export serves every workflow type: each is the name of a user's definition. */
export { run as default } from './run.js';
