// The board of leads: cards move by mouse and touch (Alpine's Sort), and by keyboard. A move shows at once, and is taken
// back where the server refuses it. Without this file, each card's own form moves it.
(() => {
  "use strict";
  const PAUSE = 1_000; // milliseconds: what comes in a row is one refresh
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const board = () => $("[data-board]");
  const list = (stage) => $(`[data-stage="${stage}"]`, board());
  const stageOf = (card) => card.dataset.at || card.closest("[data-stage]").dataset.stage;
  const moving = new Set();
  let timer = 0, isExtended = false, isAsking = false;

  // --- what is said ---

  function say(text) {
    const place = $("[data-said]");
    place.textContent = ""; // the same words twice are news, too
    setTimeout(() => { place.textContent = text; }, 30);
  }

  function trouble(text) {
    const place = $("[data-trouble]");
    place.textContent = text;
    place.hidden = !text;
  }

  // --- where cards are ---

  // In the order of the server, the newest first, whichever way a card came.
  function place(card, stage) {
    const target = list(stage);
    const later = $$(".k-card", target).find((other) => other !== card && Number(other.dataset.lead) < Number(card.dataset.lead));
    target.insertBefore(card, later || $(".k-more", target));
    card.dataset.at = stage;
    for (const column of $$("[data-column]", board())) {
      const empty = $(".k-empty", column);
      if (empty) empty.hidden = $(".k-card", column) !== null;
    }
    const form = $("[data-mover]", card);
    if (form) { form.elements.de.value = stage; form.elements.etape.value = stage; }
  }

  async function move(card, from, to, reason = "") {
    if (moving.has(card.id)) return;
    moving.add(card.id);
    const hadFocus = card.contains(document.activeElement) || document.activeElement === document.body;
    trouble("");
    place(card, to);
    if (hadFocus) { card.focus({ preventScroll: true }); card.scrollIntoView({ block: "nearest", inline: "nearest" }); }
    card.setAttribute("aria-busy", "true");
    const answer = await ask({ lead: card.dataset.lead, de: from, etape: to, raison: reason });
    card.removeAttribute("aria-busy");
    moving.delete(card.id);
    if (answer.ok) {
      say(answer.texte);
      later(0);
      return;
    }
    place(card, from);
    if (hadFocus) card.focus({ preventScroll: true });
    if (answer.demande_raison && !reason) return askWhy(card, from, to, answer.detail);
    trouble(answer.detail || board().dataset.troubleText);
    if (answer.status === 409) later(0);
  }

  async function ask(fields) {
    const token = $("[data-token] input").value;
    const headers = { "X-CSRFToken": token, Accept: "application/json" };
    try {
      const answer = await fetch(board().dataset.move, { method: "POST", headers, body: new URLSearchParams(fields) });
      const found = (answer.headers.get("Content-Type") || "").includes("json") ? await answer.json() : {};
      return { ...found, ok: answer.ok && !answer.redirected && "texte" in found, status: answer.status };
    } catch {
      return { ok: false, status: 0 };
    }
  }

  function askWhy(card, from, to, text) {
    const dialog = $("[data-reason]");
    const input = $("input", dialog);
    $("[data-reason-text]", dialog).textContent = text;
    input.value = "";
    isAsking = true;
    dialog.returnValue = "";
    dialog.addEventListener("close", () => {
      isAsking = false;
      card.focus();
      if (dialog.returnValue === "ok" && input.value.trim()) move(card, from, to, input.value.trim());
    }, { once: true });
    dialog.showModal();
    input.focus();
  }

  // --- the mouse, a finger, a card's form ---

  document.addEventListener("board:drop", (event) => {
    const card = document.getElementById(`deal-${event.detail.lead}`);
    const to = event.target.closest("[data-stage]").dataset.stage;
    const from = $("[data-mover]", card)?.elements.de.value;
    if (!from || from === to || moving.has(card.id)) place(card, from || to);
    else move(card, from, to);
  });

  document.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-mover]");
    if (!form || !board()) return;
    event.preventDefault();
    const card = form.closest(".k-card");
    const { de, etape, raison } = form.elements;
    const [from, to, why] = [de.value, etape.value, raison.value.trim()];
    form.closest("details").open = false;
    card.focus();
    if (from !== to) move(card, from, to, why);
  });

  // --- the keyboard ---

  // One stop for the Tab key: the card that was visited last, and what is in it.
  function visit(card) {
    for (const other of $$(".k-card", board())) {
      const index = other === card ? 0 : -1;
      if (other.tabIndex === index) continue;
      other.tabIndex = index;
      for (const inner of $$("a, summary, select, input, button", other)) inner.tabIndex = index;
    }
  }

  function neighbour(card, key) {
    const cards = $$(".k-card", card.closest("[data-stage]"));
    const row = cards.indexOf(card);
    const inColumn = { ArrowUp: row - 1, ArrowDown: row + 1, Home: 0, End: cards.length - 1 }[key];
    if (inColumn !== undefined) return cards[inColumn];
    const columns = $$("[data-stage]", board()).filter((column) => $(".k-card", column));
    const other = columns[columns.indexOf(card.closest("[data-stage]")) + (key === "ArrowRight" ? 1 : -1)];
    const there = other ? $$(".k-card", other) : [];
    return there[Math.min(row, there.length - 1)];
  }

  function shift(card, step) {
    const stages = $$("[data-stage]", board()).map((column) => column.dataset.stage);
    const to = stages[stages.indexOf(stageOf(card)) + step];
    if (!board().dataset.move || card.classList.contains("k-fixed")) say(board().dataset.fixedText);
    else if (!to) say(board().dataset.hereText);
    else move(card, stageOf(card), to);
  }

  document.addEventListener("keydown", (event) => {
    const card = event.target;
    if (!card.matches?.("[data-board] .k-card") || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const isArrow = ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key);
    if (event.altKey && (event.key === "ArrowLeft" || event.key === "ArrowRight")) shift(card, event.key === "ArrowRight" ? 1 : -1);
    else if (isArrow && !event.altKey) {
      const next = neighbour(card, event.key);
      next?.focus();
      next?.scrollIntoView({ block: "nearest", inline: "nearest" });
    } else if (event.key === "Enter") $(".k-name", card).click();
    else return;
    event.preventDefault();
  });

  document.addEventListener("focusin", (event) => {
    const card = event.target.closest?.("[data-board] .k-card");
    if (card) visit(card);
  });

  // --- what others do ---

  const isBusy = () => moving.size > 0 || isAsking || document.body.classList.contains("sorting") || $("[data-board] details[open]") !== null;

  function later(pause = PAUSE) {
    clearTimeout(timer);
    timer = setTimeout(refresh, pause);
  }

  function refresh() {
    if (!board()) return;
    if (isBusy()) later();
    else if (isExtended) refreshTitles();
    else htmx.trigger(board(), "board:refresh");
  }

  // Where more cards were asked for, they stay: only the figures are new.
  async function refreshTitles() {
    const answer = await fetch(location.href);
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const title of $$(".k-title", page)) document.getElementById(title.id)?.replaceChildren(...title.childNodes);
  }

  for (const name of ["live:LEAD_UPDATE", "live:poll"]) document.body.addEventListener(name, () => later());

  let focused = "";
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target?.matches(".k-more")) isExtended = true;
    if (event.detail.target?.matches("[data-board]")) {
      event.detail.shouldSwap = event.detail.shouldSwap && !isBusy();
      focused = document.activeElement?.closest?.(".k-card")?.id || "";
    }
  });
  document.body.addEventListener("htmx:afterSettle", () => {
    if (!board()) return;
    const card = focused ? document.getElementById(focused) : null;
    if (card && !card.contains(document.activeElement)) card.focus({ preventScroll: true });
    visit(card || $(".k-card[tabindex='0']", board()) || $(".k-card", board()));
    focused = "";
  });

  for (const select of $$("[data-filters] select")) select.addEventListener("change", () => select.form.requestSubmit());
  if (board()) visit($(".k-card", board()));
})();
