// The chat page. Every word that the citizen sees comes from #texts or from the server and gets
// onto the page as text, never as HTML.

const API = "/api/v1/messages";
const BACK_OFF = [1000, 2000, 4000, 8000];
const LONGEST_WAIT = 120_000;
const TIMEOUT = 30_000;
const TYPING_AFTER = 300;
const POLL = 15_000;
const POLL_FAST = 5_000;
const FAST_FOR = 15 * 60_000;
const COUNT_FROM = 200;
const EMERGENCY = ["113", "114", "115"];

const $ = (id) => document.getElementById(id);
const root = document.documentElement;
const log = $("log");
const input = $("cau-hoi");
const texts = JSON.parse($("texts").textContent);

function phrase(key, values = {}) {
  return (texts[key] ?? "").replace(/\{([a-z_]+)\}/g, (place, name) => values[name] ?? place);
}

function element(tag, className, ...content) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...content.filter((part) => part !== null));
  return made;
}

function icon(name) {
  const made = document.querySelector(".top .icon").cloneNode(true);
  made.firstElementChild.setAttribute("href", `#i-${name}`);
  return made;
}

const sleep = (milliseconds) => new Promise((resume) => setTimeout(resume, milliseconds));

// ---- Storage: what private windows refuse to keep lasts as long as the page. ----

const PREFIX = "motcua.";
const memory = new Map();

function load(key) {
  try {
    return localStorage.getItem(PREFIX + key) ?? memory.get(key) ?? null;
  } catch {
    return memory.get(key) ?? null;
  }
}

function save(key, value) {
  memory.set(key, value);
  try {
    localStorage.setItem(PREFIX + key, value);
  } catch {}
}

function forget(key) {
  memory.delete(key);
  try {
    localStorage.removeItem(PREFIX + key);
  } catch {}
}

function storedKeys() {
  try {
    return Object.keys(localStorage)
      .filter((key) => key.startsWith(PREFIX))
      .map((key) => key.slice(PREFIX.length));
  } catch {
    return [...memory.keys()];
  }
}

function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// A conversation that began while this script couldn't run goes on under the form's sender.
function knownSender() {
  const begun = log.querySelector(".turn") && document.querySelector("input[name=sender]").value;
  return begun || load("sender");
}

const returning = knownSender();
const sender = returning ?? randomId();

function keepSender() {
  save("sender", sender);
  for (const field of document.querySelectorAll("input[name=sender]")) field.value = sender;
}

// ---- Server ----

function retryAfter(response) {
  const header = response.headers.get("Retry-After");
  if (!header) return 0;
  const seconds = Number(header);
  return Math.max(0, Number.isNaN(seconds) ? Date.parse(header) - Date.now() : seconds * 1000) || 0;
}

// Status 0 stands for anything that may go better next time: no network, a break, a captive portal.
async function request(url, options = {}) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), TIMEOUT);
  try {
    const response = await fetch(url, { cache: "no-store", ...options, signal: abort.signal });
    const body = await response.json().catch(() => null);
    if (response.ok && body === null) return { status: 0, body: {}, wait: 0 };
    return { status: response.status, body: body ?? {}, wait: retryAfter(response) };
  } catch {
    return { status: 0, body: {}, wait: 0 };
  } finally {
    clearTimeout(timer);
  }
}

function post({ id, text, payload }) {
  return request(API, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ sender, text, id, ...(payload ? { payload } : {}) }),
  });
}

function messagesAfter(number) {
  return request(`${API}?${new URLSearchParams({ sender, after: number })}`);
}

const isTemporary = (status) => status === 0 || status === 429 || status >= 500;

function connected() {
  if (navigator.onLine) return Promise.resolve();
  return new Promise((resume) => addEventListener("online", resume, { once: true }));
}

// ---- Text ----

const LINK = new RegExp(
  [
    String.raw`[\w.+-]+@[\w-]+(?:\.[\w-]+)+`,
    String.raw`https?:\/\/[^\s<>"“”«»]+`,
    String.raw`\b(?:[a-z0-9-]+\.)+vn\b(?:\/[^\s<>"“”«»]*)?`,
    String.raw`\b1[89]00[ .]?\d{4}\b`,
    String.raw`\b0\d{2,3}[ .]?\d{3}[ .]?\d{3,4}\b`,
  ].join("|"),
  "gi",
);

function address(found) {
  if (/^https?:/i.test(found)) return URL.canParse?.(found) === false ? null : found;
  if (found.includes("@")) return `mailto:${found}`;
  if (/^\d[\d .]*$/.test(found)) return `tel:${found.replace(/\D/g, "")}`;
  return `https://${found}`;
}

function link(href, label) {
  const made = element("a", "", label);
  made.href = href;
  if (/^https?:/i.test(href)) {
    made.target = "_blank";
    made.rel = "noopener noreferrer";
  }
  return made;
}

function withoutTail(found) {
  const cut = found.replace(/[.,;:!?…'’\]}]+$/, "");
  return cut.endsWith(")") && !cut.includes("(") ? withoutTail(cut.slice(0, -1)) : cut;
}

function withLinks(text) {
  const parts = [];
  let done = 0;
  for (const match of text.matchAll(LINK)) {
    const found = withoutTail(match[0]);
    const href = address(found);
    if (!href) continue;
    parts.push(text.slice(done, match.index), link(href, found));
    done = match.index + found.length;
  }
  return [...parts, text.slice(done)];
}

function line(text) {
  const item = /^(•|\d+\.)\s+(.*)$/.exec(text);
  if (item) {
    const marker = element("span", "marker", `${item[1]} `);
    return element("div", "line item", marker, ...withLinks(item[2]));
  }
  return element("div", text.endsWith(":") ? "line heading" : "line", ...withLinks(text));
}

// ---- Replies (the macros of chat.html make the same elements) ----

// A clarifying text lists its choices for doors without buttons; here the buttons are that list.
function shownLines({ text, act, buttons }) {
  const offered = act === "clarify" ? (buttons ?? []).map((b, i) => `${i + 1}. ${b.title}`) : [];
  const lines = String(text ?? "").split("\n").map((each) => each.trim());
  return lines.filter((each) => each && !offered.includes(each));
}

function sourceLine(source) {
  if (!/^https?:\/\//i.test(source?.url ?? "")) return null;
  const made = element("p", "source", `${phrase("nguon")}: `);
  made.append(link(source.url, phrase("nguon_cong")));
  if (source.legal_basis) made.append(` · ${source.legal_basis}`);
  if (source.checked_on) made.append(` · ${readOn(source.checked_on)}`);
  return made;
}

function readOn(date) {
  const parts = date.split("-");
  const key = ["nguon_doc_nam", "nguon_doc_thang", "nguon_doc"][parts.length - 1] ?? "nguon_doc";
  return phrase(key, { ngay: parts.reverse().join("/") });
}

function emergencyCalls() {
  const calls = EMERGENCY.map((number) => {
    const label = element("span", "", phrase(`khan_cap_${number}`));
    const call = link(`tel:${number}`, element("span", "sr", `${phrase("goi")} `));
    call.className = "call";
    call.append(element("strong", "", number), " ", label);
    return call;
  });
  return [
    element("p", "alarm", icon("alarm"), phrase("khan_cap")),
    element("div", "calls", ...calls),
  ];
}

function whoSpeaks(officer) {
  const name = element("strong", "", phrase(officer ? "can_bo" : "may"));
  const kind = element("span", "", phrase(officer ? "can_bo_nhan" : "may_nhan"));
  return element("p", "who", icon(officer ? "person" : "door"), name, " ", kind);
}

function replyCard(reply, officer) {
  const names = `reply${reply.emergency ? " emergency" : ""}${officer ? " officer" : ""}`;
  return element(
    "div",
    names,
    whoSpeaks(officer),
    ...(reply.emergency ? emergencyCalls() : []),
    element("div", "text", ...shownLines(reply).map(line)),
    sourceLine(reply.source),
  );
}

function choice({ title, payload }, number) {
  const made = element("button", "choice");
  made.type = "button";
  if (number) made.append(element("span", "number", String(number)));
  made.append(element("span", "", title));
  made.addEventListener("click", () => {
    log.focus({ preventScroll: true });
    say(title, payload);
  });
  return made;
}

function choices({ act, buttons }) {
  if (!buttons?.length) return null;
  const numbered = act === "clarify";
  const made = element("div", `choices${numbered ? " numbered" : ""}`);
  made.setAttribute("role", "group");
  made.setAttribute("aria-label", phrase("chon_tiep"));
  made.append(...buttons.map((button, i) => choice(button, numbered ? i + 1 : 0)));
  return made;
}

// ---- Turns ----

function newTurn(said) {
  const turn = element("div", "turn");
  if (!said) return turn;
  const label = element("span", "sr", `${phrase("anh_chi")}: `);
  const bubble = element("p", "bubble", said);
  turn.append(element("div", "said", label, bubble));
  turn.dataset.said = said;
  return turn;
}

function answer(turn, replies) {
  turn.classList.add("answered");
  for (const reply of replies) {
    const offered = choices(reply);
    turn.append(replyCard(reply, !turn.dataset.said));
    if (offered) turn.append(offered);
  }
}

function retireChoices(within, said) {
  for (const button of within.querySelectorAll(".choice:not(:disabled)")) {
    button.disabled = true;
    button.classList.toggle("chosen", button.lastElementChild.textContent === said);
  }
}

function pastTurns(messages) {
  const turns = document.createDocumentFragment();
  for (const { said, replies } of messages) {
    if (said) retireChoices(turns, said);
    const turn = newTurn(said);
    answer(turn, replies ?? []);
    turns.append(turn);
  }
  return turns;
}

// A note below the citizen's bubble, with a button where there is something to do.
function note(turn, text, again) {
  turn.querySelector(".state")?.remove();
  if (!text) return;
  const made = element("p", "state", text);
  if (again) {
    const button = element("button", "again", phrase("gui_lai"));
    button.type = "button";
    button.addEventListener("click", again);
    made.append(" ", button);
  }
  turn.querySelector(".said").append(made);
}

function isNearEnd() {
  return log.scrollHeight - log.scrollTop - log.clientHeight < 120;
}

// Long answers are read from their beginning, so the question goes to the top.
function reveal(turn, behavior = "auto") {
  const room = Math.min(log.clientHeight, innerHeight);
  turn.scrollIntoView({ block: turn.offsetHeight > room ? "start" : "end", behavior });
}

function showTyping(turn) {
  const dots = element("p", "typing", element("i"), element("i"), element("i"));
  dots.setAttribute("aria-hidden", "true");
  const timer = setTimeout(() => {
    turn.append(dots);
    $("status").textContent = phrase("dang_tra_loi");
    reveal(turn);
  }, TYPING_AFTER);
  return () => {
    clearTimeout(timer);
    dots.remove();
    $("status").textContent = "";
  };
}

// ---- Queue: one thing at a time, in order. A task that gives false waits at the head. ----

const queue = [];
let running = false;

async function finished(task) {
  try {
    return await task();
  } catch (error) {
    // A fault of this script must not stop everything that comes after.
    console.error(error);
    return true;
  }
}

async function run() {
  if (running) return;
  running = true;
  while (queue.length > 0) {
    if (!(await finished(queue[0]))) break;
    queue.shift();
  }
  running = false;
}

function enqueue(task) {
  queue.push(task);
  run();
}

// ---- Sending. What isn't answered yet outlives the page under "unsent.<id>"; a message keeps its
// id, so that the server answers it once however often it arrives. ----

const UNSENT = "unsent.";
let lastMoment = 0;

function say(text, payload) {
  lastMoment = Math.max(Date.now(), lastMoment + 1);
  const message = { id: randomId(), text, payload, at: lastMoment };
  save(UNSENT + message.id, JSON.stringify(message));
  send(message);
}

function unsentMessages() {
  return storedKeys()
    .filter((key) => key.startsWith(UNSENT))
    .map((key) => JSON.parse(load(key)))
    .filter((message) => message !== null)
    .sort((one, other) => one.at - other.at);
}

function send(message) {
  $("welcome").hidden = true;
  retireChoices(log, message.text);
  const turn = newTurn(message.text);
  if (queue.length > 0) note(turn, phrase("cho_tin_truoc"));
  log.append(turn);
  reveal(turn);
  enqueue(() => deliver(message, turn));
}

async function deliver(message, turn) {
  note(turn, "");
  for (let attempt = 0; ; attempt += 1) {
    const result = await tryOnce(message, turn);
    if (Array.isArray(result.body.replies)) return settle(message, turn, result.body.replies);
    const reason = result.body.error?.message;
    if (!isTemporary(result.status) && result.status !== 200) return reject(message, turn, reason);
    if (attempt >= BACK_OFF.length || result.wait > LONGEST_WAIT) {
      note(turn, reason ?? phrase("chua_gui"), run);
      return false;
    }
    note(turn, reason ?? phrase("dang_thu_lai"));
    await sleep(Math.max(BACK_OFF[attempt], result.wait));
  }
}

async function tryOnce(message, turn) {
  if (!navigator.onLine) {
    note(turn, phrase("cho_mang"));
    await connected();
    note(turn, "");
  }
  const hideTyping = showTyping(turn);
  const result = await post(message);
  hideTyping();
  return result;
}

function settle(message, turn, replies) {
  forget(UNSENT + message.id);
  note(turn, replies.length > 0 ? "" : phrase("da_gui"));
  answer(turn, replies);
  if (turn.nextElementSibling?.dataset.said) retireChoices(turn, "");
  if (handsOff(replies)) pollFast();
  reveal(turn);
  return true;
}

function reject(message, turn, reason) {
  forget(UNSENT + message.id);
  note(turn, reason ?? phrase("loi"));
  return true;
}

// ---- History and what officers write ----

let restored = !returning;
let last = 0;
let polling = false;
let pollTimer;
let fastUntil = 0;

// Runs in the queue, so no message is under way: whatever is answered is in the history, and the
// page can be made anew from it without showing anything twice.
async function restore() {
  if (restored) return true;
  const { status, body } = await messagesAfter(0);
  if (status === 200 && Array.isArray(body.messages)) {
    restored = true;
    rebuild(body.messages);
    last = body.last ?? 0;
    if (body.messages.slice(-1).some(({ replies }) => handsOff(replies ?? []))) pollFast();
  }
  welcomeIfEmpty();
  return true;
}

function rebuild(messages) {
  log.setAttribute("aria-busy", "true");
  for (const turn of log.querySelectorAll(".turn.answered")) turn.remove();
  const waiting = log.querySelector(".turn");
  log.insertBefore(pastTurns(messages), waiting);
  if (waiting) retireChoices(log, waiting.dataset.said);
  log.removeAttribute("aria-busy");
  if (log.lastElementChild.matches(".turn")) reveal(log.lastElementChild, "instant");
}

function welcomeIfEmpty() {
  $("welcome").hidden = log.querySelector(".turn") !== null;
}

const handsOff = (replies) => replies.some(({ act }) => act === "handoff");

function pollFast() {
  fastUntil = Date.now() + FAST_FOR;
  schedulePoll();
}

function schedulePoll() {
  clearTimeout(pollTimer);
  pollTimer = setTimeout(poll, Date.now() < fastUntil ? POLL_FAST : POLL);
}

// Before the citizen has said anything, nobody can have answered.
async function poll() {
  schedulePoll();
  const begun = returning || log.querySelector(".turn");
  if (polling || !begun || document.hidden || !navigator.onLine) return;
  polling = true;
  if (restored) await fetchNews();
  else if (queue.length === 0) enqueue(restore);
  polling = false;
}

// The bot's replies are shown as they answer a message; only what nobody asked for is news.
async function fetchNews() {
  const { status, body } = await messagesAfter(last);
  if (status !== 200 || !Array.isArray(body.messages)) return;
  const news = body.messages.filter(({ number, said }) => number > last && !said);
  last = Math.max(last, body.last ?? 0, ...body.messages.map(({ number }) => number));
  if (news.length === 0) return;
  const follow = isNearEnd();
  log.append(pastTurns(news));
  if (follow) reveal(log.lastElementChild);
  pollFast();
}

// ---- Composer ----

const TOUCH = matchMedia("(pointer: coarse)");

function submit(event) {
  event.preventDefault();
  const text = input.value.trim();
  if (!text) return input.focus();
  input.value = "";
  fitInput();
  // On phones the keyboard would cover the answer.
  if (TOUCH.matches) input.blur();
  else input.focus();
  say(text);
}

function fitInput() {
  input.style.height = "auto";
  input.style.height = `${input.scrollHeight + input.offsetHeight - input.clientHeight}px`;
  const left = input.maxLength - input.value.length;
  $("counter").hidden = left > COUNT_FROM;
  $("counter").textContent = phrase("con_ky_tu", { so: left });
}

// While an input method composes (Telex, VNI), Enter belongs to it.
function sendOnEnter(event) {
  const composing = event.isComposing || event.keyCode === 229;
  if (event.key !== "Enter" || event.shiftKey || composing) return;
  event.preventDefault();
  $("composer").requestSubmit();
}

function askExample(event) {
  const example = event.target.closest(".example");
  if (!example) return;
  event.preventDefault();
  log.focus({ preventScroll: true });
  say(example.value);
}

// ---- Looks ----

const SIZES = 3;
const DARK = matchMedia("(prefers-color-scheme: dark)");

const currentSize = () => Math.min(Math.max(Number(load("size")) || 0, 0), SIZES - 1);
const isDark = () => (load("theme") ?? (DARK.matches ? "dark" : "light")) === "dark";

function showSize() {
  root.dataset.size = currentSize();
  // Not "disabled": that would take the focus from under the citizen's finger.
  $("smaller").setAttribute("aria-disabled", currentSize() === 0);
  $("larger").setAttribute("aria-disabled", currentSize() === SIZES - 1);
  fitInput();
}

function changeSize(step) {
  const place = log.scrollTop / log.scrollHeight;
  save("size", String(Math.min(Math.max(currentSize() + step, 0), SIZES - 1)));
  showSize();
  log.scrollTo({ top: place * log.scrollHeight, behavior: "instant" });
}

function showTheme() {
  const dark = isDark();
  const label = phrase(dark ? "nen_sang" : "nen_toi");
  if (load("theme")) root.dataset.theme = dark ? "dark" : "light";
  $("theme").setAttribute("aria-label", label);
  $("theme").title = label;
  $("theme").querySelector("use").setAttribute("href", dark ? "#i-sun" : "#i-moon");
}

function changeTheme() {
  save("theme", isDark() ? "light" : "dark");
  showTheme();
}

function showNetwork() {
  $("offline").textContent = navigator.onLine ? "" : phrase("mat_mang");
}

// ---- Start ----

function listen() {
  $("composer").addEventListener("submit", submit);
  input.addEventListener("input", fitInput);
  input.addEventListener("keydown", sendOnEnter);
  $("welcome").addEventListener("click", askExample);
  $("smaller").addEventListener("click", () => changeSize(-1));
  $("larger").addEventListener("click", () => changeSize(1));
  $("theme").addEventListener("click", changeTheme);
  DARK.addEventListener("change", showTheme);
  document.addEventListener("visibilitychange", poll);
  addEventListener("resize", fitInput);
  addEventListener("offline", showNetwork);
  addEventListener("online", () => {
    showNetwork();
    run();
    poll();
  });
}

function start() {
  $("tools").hidden = false;
  showSize();
  showTheme();
  showNetwork();
  listen();
  keepSender();
  unsentMessages().forEach(send);
  if (returning) {
    $("welcome").hidden = true;
    enqueue(restore);
  }
  schedulePoll();
}

start();
