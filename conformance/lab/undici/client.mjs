import { WebSocket } from "undici";

globalThis.WebSocket = WebSocket;
await import("./web_client.mjs");
