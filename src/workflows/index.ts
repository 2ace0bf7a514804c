/** What the bundle holds. The default export serves every workflow type that names a user's definition. */
import { takeNoStackTraces } from './no-stack-traces.js';

export { run as default } from './run.js';
export { session as 'outlast-session' } from './session.js';

takeNoStackTraces();
