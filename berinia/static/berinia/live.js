// The live connection of the admin pages (WebSocket, see docs/live.md).
