// The live connection of the admin pages: what happens becomes DOM events, `live:<TYPE>` on the body (docs/live.md).
// Where no socket opens, `live:poll` every quarter of a minute takes its place.
(() => {
  "use strict";
  const POLL = 15_000, PING = 60_000, HIDDEN = 300_000, LONGEST_WAIT = 15_000;
  const SIGNED_OUT = 4401, NOT_ALLOWED = 4403, TOO_MANY = 4429;
  let socket = null, since = "", failures = 0, retry = 0, hiding = 0, ended = false;
  const sent = new Set();

  const isOpen = () => socket !== null && socket.readyState === WebSocket.OPEN;
  const tell = (name, detail) => document.body.dispatchEvent(new CustomEvent(`live:${name}`, { detail, bubbles: true }));
  const send = (command) => isOpen() && socket.send(JSON.stringify(command));

  function show(state) {
    const place = document.querySelector("[data-live-state]");
    if (!place || place.dataset.liveState === state) return;
    place.dataset.liveState = state;
    place.title = place.dataset[state];
    place.querySelector("[data-live-text]").textContent = place.dataset[state];
    setTimeout(() => place.setAttribute("aria-live", "polite")); // only what changes later is news
  }

  function watch(root) {
    for (const element of root.querySelectorAll("[data-live-watch]")) {
      const text = element.dataset.liveWatch;
      if (sent.has(text) || !isOpen()) continue;
      sent.add(text);
      try {
        send(JSON.parse(text));
      } catch {
        console.error("data-live-watch is not JSON:", text);
      }
    }
  }

  // --- what comes in ---

  const answers = {
    HELLO(payload) {
      failures = 0;
      show("open");
      watch(document);
      if (since) send({ type: "RESUME", payload: { depuis: since } });
      else since = payload.dernier;
    },
    ACK(payload) {
      since = payload.dernier || since;
    },
    RESYNC(payload) {
      since = payload.dernier;
      tell("poll", {});
    },
    ERROR(payload) {
      console.warn("live:", payload.code, payload.detail);
    },
  };

  function take(text) {
    const message = JSON.parse(text);
    if (message.id) since = message.id;
    answers[message.type]?.(message.payload);
    tell(message.type, message.payload);
  }

  // --- the connection ---

  function open() {
    clearTimeout(retry);
    if (ended || socket || document.hidden) return;
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const mine = (socket = new WebSocket(`${scheme}://${location.host}/ws`, ["berinia.v1"]));
    sent.clear();
    mine.onmessage = (event) => mine === socket && take(event.data);
    mine.onclose = (event) => mine === socket && closed(event.code);
  }

  function closed(code) {
    socket = null;
    ended = code === SIGNED_OUT || code === NOT_ALLOWED;
    show(code === SIGNED_OUT ? "signedOut" : "polling");
    if (ended) return;
    const wait = code === TOO_MANY ? LONGEST_WAIT : Math.min(LONGEST_WAIT, 500 * 2 ** failures++);
    retry = setTimeout(open, wait * (0.5 + Math.random()));
  }

  function close() {
    const mine = socket;
    socket = null;
    mine?.close();
  }

  // A tab that nobody looks at for a while needs no socket; what it missed it is told when it is looked at again.
  function turned() {
    clearTimeout(hiding);
    if (document.hidden) {
      hiding = setTimeout(close, HIDDEN);
    } else if (!socket) {
      tell("poll", {});
      open();
    }
  }

  function start() {
    const place = document.querySelector("[data-live-state]");
    if (!place || !window.WebSocket) return;
    since = place.dataset.liveSince || "";
    setInterval(() => {
      const isOut = place.dataset.liveState === "signedOut"; // the answer would be the page that asks to sign in
      if (!isOpen() && !document.hidden && !isOut) tell("poll", {});
    }, POLL);
    setInterval(() => send({ type: "PING" }), PING);
    document.body.addEventListener("htmx:load", (event) => watch(event.target.parentNode || document));
    document.body.addEventListener("live:send", (event) => send(event.detail));
    document.addEventListener("visibilitychange", turned);
    window.addEventListener("pagehide", close);
    window.addEventListener("pageshow", (event) => event.persisted && turned());
    open();
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
