/** Has a server under the supervisor, tells its process id, and waits for its own end. */
import { superviseServer } from '../../../src/local/supervisor.js';

const [file = ''] = process.argv.slice(2);
const server = await superviseServer({ file, args: [], env: process.env });
await server.printed;
process.send?.(server.pid);
