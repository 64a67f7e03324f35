// first: it traces what is loaded after it
import '../telemetry/preload.js';
import { runServer } from './run-server.js';

void runServer();
