// The chat page. Every word that the citizen sees comes from #texts or from the server and gets
// onto the page as text, never as HTML.

const API = "/api/v1/messages";
const BACK_OFF = [1000, 2000, 4000, 8000];
const LONGEST_WAIT = 120_000;
const TIMEOUT = 30_000;
const UPLOADS = "/api/v1/uploads";
const UPLOAD_TIMEOUT = 60_000;
const MOST_PHOTOS = 5;
const LONGEST_SIDE = 1600;
const LARGE_FILE = 2_000_000;
const LOCATE = { enableHighAccuracy: true, timeout: 20_000, maximumAge: 60_000 };
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
async function request(url, options = {}, timeout = TIMEOUT) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), timeout);
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

function post({ id, text, payload, location, attachments }) {
  return request(API, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ sender, text, id, payload, location, attachments }),
  });
}

function upload(photo) {
  const headers = { "Content-Type": photo.type || "application/octet-stream" };
  const url = `${UPLOADS}?${new URLSearchParams({ sender })}`;
  return request(url, { method: "POST", headers, body: photo }, UPLOAD_TIMEOUT);
}

function messagesAfter(number) {
  return request(`${API}?${new URLSearchParams({ sender, after: number })}`);
}

const isTemporary = (status) => [0, 408, 429].includes(status) || status >= 500;

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
    say(title, { payload });
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

function newTurn(said, ...shown) {
  const turn = element("div", "turn");
  if (!said) return turn;
  const label = element("span", "sr", `${phrase("anh_chi")}: `);
  const bubble = element("p", "bubble", ...(shown.length > 0 ? shown : [said]));
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
  const silent = silentNumbers();
  for (const { number, said: written, replies } of messages) {
    const said = written || (silent[number] ? phrase(silent[number]) : "");
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

function say(text, { payload, photos = [], location } = {}) {
  lastMoment = Math.max(Date.now(), lastMoment + 1);
  const message = { id: randomId(), text, payload, location, at: lastMoment };
  if (photos.length > 0) Object.assign(message, { attachments: [], missing: photos.length });
  keepUnsent(message);
  send(message, photos);
}

function keepUnsent(message) {
  save(UNSENT + message.id, JSON.stringify(message));
}

function unsentMessages() {
  return storedKeys()
    .filter((key) => key.startsWith(UNSENT))
    .map((key) => JSON.parse(load(key)))
    .filter((message) => message !== null)
    .sort((one, other) => one.at - other.at);
}

function send(message, photos = []) {
  $("welcome").hidden = true;
  retireChoices(log, message.text);
  const turn = newTurn(message.text || phrase(silentKey(message)), ...bubbleOf(message, photos));
  if (queue.length > 0) note(turn, phrase("cho_tin_truoc"));
  log.append(turn);
  reveal(turn);
  const unsent = [...photos];
  enqueue(() => deliver(message, turn, unsent));
}

// What has no words of its own shows what it brings; photos chosen before a reload are gone.
function bubbleOf({ text, location }, photos) {
  const thumbnails = photos.map((photo, i) => thumbnail(photo, i + 1));
  return [
    ...(photos.length > 0 ? [element("span", "sent-photos", ...thumbnails)] : []),
    ...(text ? [text] : []),
    ...(location ? [element("span", "sent-place", phrase("vi_tri"))] : []),
  ];
}

async function deliver(message, turn, photos) {
  note(turn, "");
  if (message.missing && !(await sendPhotos(message, turn, photos))) return false;
  if (isEmpty(message)) return reject(message, turn, message.lost);
  const result = await insist(turn, ({ replies }) => Array.isArray(replies), async () => {
    const hideTyping = showTyping(turn);
    const tried = await post(message);
    hideTyping();
    return tried;
  });
  if (!result) return false;
  const { replies, number, error } = result.body;
  if (Array.isArray(replies)) return settle(message, turn, replies, number);
  return reject(message, turn, error?.message);
}

const isEmpty = ({ text, payload, location, attachments }) =>
  !text && !payload && !location && !attachments?.length;

// One after the other, so that each that arrived needn't be sent again. A photo that the server
// refuses, or that went with an earlier page, doesn't hold back the rest of the message.
async function sendPhotos(message, turn, photos) {
  while (photos.length > 0) {
    const file = await photos[0].ready;
    const so = `${message.attachments.length + 1}/${message.attachments.length + photos.length}`;
    const sending = phrase("dang_gui_anh", { so });
    const result = file && (await insist(turn, ({ id }) => id, () => upload(file), sending));
    if (result === null && file) return false;
    photos.shift();
    message.missing -= 1;
    if (result?.body.id) message.attachments.push(result.body.id);
    else message.lost = result?.body.error?.message ?? phrase("anh_khong_gui_duoc");
    keepUnsent(message);
  }
  if (message.missing > 0) {
    message.lost = phrase("anh_khong_gui_duoc");
    showTray("anh_khong_gui_duoc"); // the bubble's note goes when the history is shown
  }
  message.missing = 0;
  keepUnsent(message);
  note(turn, "");
  return true;
}

// Tries until it is done or refused for good; null where that has to wait for the citizen.
async function insist(turn, isDone, attempt, during = "") {
  for (let tries = 0; ; tries += 1) {
    if (!navigator.onLine) {
      note(turn, phrase("cho_mang"));
      await connected();
      note(turn, "");
    }
    if (during) note(turn, during);
    const result = await attempt();
    const reason = result.body.error?.message;
    if (isDone(result.body)) return result;
    if (!isTemporary(result.status) && result.status !== 200) return result;
    if (tries >= BACK_OFF.length || result.wait > LONGEST_WAIT) {
      note(turn, reason ?? phrase("chua_gui"), run);
      return null;
    }
    note(turn, reason ?? phrase("dang_thu_lai"));
    await sleep(Math.max(BACK_OFF[tries], result.wait));
  }
}

function settle(message, turn, replies, number) {
  if (!message.text) keepSilent(number, silentKey(message));
  forget(UNSENT + message.id);
  note(turn, message.lost ?? (replies.length > 0 ? "" : phrase("da_gui")));
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

// ---- Messages without words. In the history they look like what an officer wrote, so their
// numbers are kept here with the key of what stands in their bubble. ----

const SILENT = "silent";
const MOST_SILENT = 100;

function silentKey({ attachments, missing, location }) {
  if (location && (attachments?.length || missing)) return "da_gui_anh_vi_tri";
  return location ? "da_gui_vi_tri" : "da_gui_anh";
}

const silentNumbers = () => JSON.parse(load(SILENT) ?? "{}");

function keepSilent(number, key) {
  const kept = Object.entries({ ...silentNumbers(), [number]: key }).slice(-MOST_SILENT);
  save(SILENT, JSON.stringify(Object.fromEntries(kept)));
}

const silentUnderWay = () => unsentMessages().some(({ text }) => !text);

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
  if (silentUnderWay()) return;
  const { status, body } = await messagesAfter(last);
  if (status !== 200 || !Array.isArray(body.messages) || silentUnderWay()) return;
  const silent = silentNumbers();
  const isNews = ({ number, said }) => number > last && !said && !silent[number];
  const news = body.messages.filter(isNews);
  last = Math.max(last, body.last ?? 0, ...body.messages.map(({ number }) => number));
  if (news.length === 0) return;
  const follow = isNearEnd();
  log.append(pastTurns(news));
  if (follow) reveal(log.lastElementChild);
  pollFast();
}

// ---- Photos and position that go with the next message ----

let chosen = [];
let place = null; // { locating }, later { lat, lon }
let sendWhenFound = false;
let preparing = Promise.resolve();

// At most LONGEST_SIDE wide and high; the file itself where that fails and the server may read it,
// null where nobody can.
async function smaller(file) {
  const known = $("photos").accept.split(",").includes(file.type);
  try {
    const picture = await createImageBitmap(file);
    const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
    if (scale === 1 && known && file.size < LARGE_FILE) return file;
    const canvas = element("canvas");
    canvas.width = Math.max(1, Math.round(picture.width * scale));
    canvas.height = Math.max(1, Math.round(picture.height * scale));
    const pen = canvas.getContext("2d");
    pen.fillStyle = "white";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.imageSmoothingQuality = "high";
    pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    const made = await new Promise((resume) => canvas.toBlob(resume, "image/jpeg", 0.85));
    if (made) return made;
  } catch {}
  return known ? file : null;
}

// One at a time: a phone's photo takes fifty megabytes and more while it is decoded.
function addPhotos() {
  const files = [...$("photos").files];
  $("photos").value = "";
  if (files.length === 0) return;
  const room = MOST_PHOTOS - chosen.length;
  for (const file of files.slice(0, room)) {
    const photo = { ready: preparing.then(() => smaller(file)) };
    preparing = photo.ready;
    photo.url = photo.ready.then((made) => (made ? URL.createObjectURL(made) : ""));
    photo.ready.then((made) => made || dropPhoto(photo, "anh_khac_loai"));
    chosen.push(photo);
  }
  const key = files.length > room ? "anh_toi_da" : "da_them_anh";
  showTray(key, { so: files.length > room ? MOST_PHOTOS : chosen.length });
}

function dropPhoto(photo, key) {
  if (!chosen.includes(photo)) return;
  chosen = chosen.filter((each) => each !== photo);
  photo.url.then((url) => URL.revokeObjectURL(url));
  showTray(key);
}

function thumbnail(photo, number) {
  const made = element("img", "photo");
  made.alt = phrase("anh", { so: number });
  photo.url.then((url) => url && (made.src = url));
  return made;
}

function addPlace() {
  if (!navigator.geolocation) return showTray("vi_tri_khong_co");
  if (place) return;
  const asked = { locating: true };
  place = asked;
  showTray();
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => found(asked, coords),
    ({ code, PERMISSION_DENIED }) => {
      const key = code === PERMISSION_DENIED ? "vi_tri_bi_chan" : "vi_tri_khong_co";
      if (place === asked) dropPlace(key);
    },
    LOCATE,
  );
}

function found(asked, { latitude, longitude }) {
  if (place !== asked) return;
  place = { lat: Number(latitude.toFixed(6)), lon: Number(longitude.toFixed(6)) };
  showTray("da_co_vi_tri");
  if (sendWhenFound) $("composer").requestSubmit();
}

function dropPlace(key) {
  place = null;
  sendWhenFound = false;
  showTray(key);
}

function removable(content, label, remove, back) {
  const cross = element("span", "", "×");
  const button = element("button", "remove", cross);
  cross.setAttribute("aria-hidden", "true");
  button.type = "button";
  button.setAttribute("aria-label", label);
  button.title = label;
  button.addEventListener("click", () => {
    remove("da_bo");
    back.focus();
  });
  return element("li", "", content, button);
}

function showTray(key, values) {
  const items = chosen.map((photo, i) => {
    const label = phrase("bo_anh", { so: i + 1 });
    return removable(thumbnail(photo, i + 1), label, (k) => dropPhoto(photo, k), $("add-photo"));
  });
  if (place) {
    const words = element("span", "place", phrase(place.locating ? "dang_tim_vi_tri" : "vi_tri"));
    items.push(removable(words, phrase("bo_vi_tri"), dropPlace, $("add-place")));
  }
  $("tray").replaceChildren(...items);
  $("tray").hidden = items.length === 0;
  $("notice").textContent = key ? phrase(key, values) : "";
  input.required = items.length === 0;
}

// ---- Composer ----

const TOUCH = matchMedia("(pointer: coarse)");

function submit(event) {
  event.preventDefault();
  const text = input.value.trim();
  if (!text && chosen.length === 0 && !place) return input.focus();
  sendWhenFound = Boolean(place?.locating);
  if (sendWhenFound) return showTray("cho_vi_tri");
  const extras = { photos: chosen, location: place ?? undefined };
  input.value = "";
  chosen = [];
  place = null;
  showTray();
  fitInput();
  // On phones the keyboard would cover the answer.
  if (TOUCH.matches) input.blur();
  else input.focus();
  say(text, extras);
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
  $("add-photo").addEventListener("click", () => $("photos").click());
  $("photos").addEventListener("change", addPhotos);
  $("add-place").addEventListener("click", addPlace);
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
  $("extras").hidden = false;
  showSize();
  showTheme();
  showNetwork();
  listen();
  keepSender();
  unsentMessages().forEach((message) => send(message));
  if (returning) {
    $("welcome").hidden = true;
    enqueue(restore);
  }
  schedulePoll();
}

start();
