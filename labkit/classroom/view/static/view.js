// The class view: draws what the stream brings. No name or note is ever put in as markup.
"use strict";

const get = id => document.getElementById(id);
const STATES = {
  hand: ["⚑", "Hand up"], stuck: ["▲", "Stuck"], silent: ["◌", "Silent"], working: ["●", "At work"],
  done: ["✔", "Done"], "not begun": ["○", "Not begun"], private: ["–", "Private"],
};
let plan = [], room = null, chosen = "", byName = false;

const make = (tag, attributes = {}, ...children) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== false && value !== undefined) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children);
  return node;
};
const clock = at => (at ? new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }) : "");
const lessonOf = slug => plan.find(one => one.slug === slug);
const exerciseOf = (slug, id) => lessonOf(slug)?.exercises.find(one => one.id === id);
const plural = (n, word) => `${n} ${word}${n === 1 ? "" : "s"}`;

// The hub's cookie counts only with this word beside it, in every request but the page's own.
const xsrf = document.querySelector("meta[name=xsrf]").content;

const ask = async (path, body) => {
  const options = { headers: { "X-XSRFToken": xsrf } };
  if (body !== undefined) Object.assign(options, { method: "POST", body: JSON.stringify(body) });
  const answer = await fetch(path, options);
  if (!answer.ok) throw new Error(`${answer.status} ${answer.statusText}`);
  return answer.json();
};

const where = one => {
  const lesson = lessonOf(one.lesson);
  if (!lesson) return "";
  const exercise = exerciseOf(one.lesson, one.exercise);
  return exercise ? `${lesson.number} · ${exercise.title}` : `${lesson.number} · ${lesson.title}`;
};
const effort = one => {
  const said = [];
  if (one.exercise && one.minutes >= 1) said.push(`${Math.round(one.minutes)} min`);
  if (one.tries) said.push(`${plural(one.tries, "check")} not passed`);
  if (one.hints) said.push(plural(one.hints, "hint"));
  return said.join(", ");
};
const alarms = one => {
  const said = [];
  if (one.server === "stopped") said.push("server stopped");
  if (one.server === "starting") said.push("server is starting");
  if (one.died) said.push(`${plural(one.died, "kernel")} died`);
  if (one.disk_mb >= 0 && one.disk_mb < 100) said.push(`${one.disk_mb} MB of disk left`);
  return said.join(", ");
};

const stateCell = one => {
  const [sign, word] = STATES[one.state];
  const cell = make("td", { class: "state" }, make("strong", {}, `${sign} ${word}`), " ", where(one));
  const facts = one.state === "hand" ? [`since ${clock(one.hand)}`, effort(one)] : one.state === "stuck" ? [one.why, one.hints ? plural(one.hints, "hint") : ""] : [one.why === "at work" ? "" : one.why, effort(one)];
  cell.append(make("div", { class: "why" }, facts.filter(Boolean).join(" · ")));
  if (alarms(one)) cell.append(make("div", { class: "alarm" }, `! ${alarms(one)}`));
  if (one.state === "hand") {
    cell.append(make("button", { type: "button", onclick: () => handDown(one.who) }, "Hand down"));
  }
  return cell;
};

const markCell = (one, mark) => {
  const lesson = lessonOf(mark.slug);
  const at = one.lesson === mark.slug;
  const shown = one.state === "private" || mark.state === "not begun" ? "·" : `${mark.passed}/${mark.of}${mark.state === "done" ? " ✔" : ""}`;
  const said = mark.state === "not begun" ? "not begun" : `${mark.passed} of ${mark.of} passed`;
  return make("td", {
    class: `mark${at ? " at" : ""}${mark.state === "done" ? " is-done" : ""}`,
    "data-lesson": lesson.number, title: `${lesson.number} ${lesson.title}: ${said}`,
  }, shown);
};

const row = one => make("tr", { class: `${one.state.replace(" ", "-")}${one.who === chosen ? " chosen" : ""}`, "data-who": one.who },
  make("th", { scope: "row" },
    make("button", { type: "button", onclick: () => openLearner(one.who) }, one.name),
    make("div", { class: "server" }, one.memory_mb ? `${one.memory_mb} MB` : one.server)),
  stateCell(one), ...one.marks.map(mark => markCell(one, mark)));

const drawRows = () => {
  const focused = document.activeElement?.closest?.("tr")?.dataset.who;
  const inButton = document.activeElement?.matches?.("th button");
  const learners = [...room.learners];
  if (byName) learners.sort((a, b) => a.name.localeCompare(b.name));
  get("rows").replaceChildren(...learners.map(row));
  if (focused && inButton) document.querySelector(`tr[data-who="${CSS.escape(focused)}"] th button`)?.focus();
};

const drawSummary = () => {
  const count = state => room.learners.filter(one => one.state === state).length;
  const said = Object.entries(STATES).map(([state, [sign, word]]) => [count(state), `${sign} ${count(state)} ${word.toLowerCase()}`]);
  get("summary").textContent = said.filter(([n]) => n).map(([, text]) => text).join("   ");
};

const drawOverview = () => {
  const shared = room.learners.filter(one => one.state !== "private").length || 1;
  const rows = plan.map((lesson, place) => {
    const done = room.learners.filter(one => one.state !== "private" && one.marks[place].state === "done").length;
    const at = room.learners.filter(one => one.lesson === lesson.slug && one.marks[place].state !== "done").length;
    return make("tr", {}, make("th", { scope: "row" }, `${lesson.number} ${lesson.title}`),
      make("td", {}, bar(done, shared, "passed"), ` ${done} done`, at ? `, ${at} at work` : ""));
  });
  get("overview").replaceChildren(make("table", {}, make("tbody", {}, ...rows)));
};

const bar = (n, of, kind) => {
  const node = make("span", { class: `bar ${kind}`, "aria-hidden": "true" });
  node.style.width = `${(n / of) * 12}em`;
  return node;
};

const drawPace = () => {
  const { line, due, behind, there, ahead } = room.pace;
  const spread = due ? ` — ${there} there, ${behind} behind, ${ahead} ahead` : "";
  get("pace").textContent = line ? `Now: ${line}${spread}` : "Outside the timetable";
};

const drawNotes = () => get("notes").replaceChildren(
  ...[...room.notes].reverse().map(one => make("li", {}, `${clock(one.at)}  ${one.text}`)));

const draw = () => {
  get("class").textContent = room.class;
  document.title = `${room.learners.filter(one => one.state === "hand").length ? "⚑ " : ""}${room.class}`;
  for (const part of [drawRows, drawSummary, drawOverview, drawPace, drawNotes]) part();
};

const handDown = who => ask(`api/hand/${who}/down`, {}).catch(error => say(`The hand is still up (${error.message}).`));
const say = text => { get("connection").textContent = text; };

const openLearner = async who => {
  const one = room.learners.find(other => other.who === who);
  get("learner-name").textContent = one.name === who ? who : `${one.name} (${who})`;
  const { events } = await ask(`api/learner/${who}`);
  const lines = events.map(event => make("tr", {}, make("td", {}, clock(event.at)), make("td", {}, lessonOf(event.lesson)?.number ?? ""),
    make("td", {}, exerciseOf(event.lesson, event.exercise)?.title ?? event.exercise), make("td", {}, `${event.event} ${event.outcome}`),
    make("td", {}, event.mistake)));
  const heads = ["Time", "Lesson", "Exercise", "What", "Known mistake"].map(text => make("th", { scope: "col" }, text));
  const health = `Server ${one.server}${one.memory_mb ? `, ${one.memory_mb} MB` : ""}${one.killed ? `, ${plural(one.killed, "process")} ended for want of memory` : ""}${one.disk_mb >= 0 ? `, ${one.disk_mb} MB of disk free` : ""}.`;
  get("learner-facts").replaceChildren(make("p", {}, `${STATES[one.state][1]}: ${one.why}. ${effort(one)}`), make("p", {}, health),
    one.state === "private" ? make("p", {}, "Nothing else is shared.")
      : make("table", {}, make("thead", {}, make("tr", {}, ...heads)), make("tbody", {}, ...lines)));
  get("learner").showModal();
};

const showExercise = async () => {
  const [slug, id] = get("exercise").value.split(" ");
  if (!id) return;
  const one = await ask(`api/exercise/${slug}/${id}`);
  const of = Math.max(one.learners, 1);
  const line = (label, n, kind) => make("tr", {}, make("th", { scope: "row" }, label), make("td", {}, bar(n, of, kind), ` ${n}`));
  get("exercise-facts").replaceChildren(
    make("p", {}, `${one.passed} of ${one.learners} who share have passed; ${one.tried} have tried, with ${plural(one.checks, "check")} and ${plural(one.hints, "hint")}.`),
    make("table", {}, make("tbody", {}, line("passed", one.passed, "passed"),
      ...one.mistakes.map(([text, n]) => line(`“${text}”`, n, "mistake")),
      ...(one.other ? [line("something else", one.other, "mistake")] : []))));
};

const choose = step => {
  const all = [...document.querySelectorAll("#rows tr")];
  const place = all.findIndex(one => one.dataset.who === chosen);
  const next = all[Math.min(Math.max(place + step, 0), all.length - 1)];
  chosen = next?.dataset.who ?? "";
  all.forEach(one => one.classList.toggle("chosen", one === next));
  next?.querySelector("th button").focus();
};
const projector = on => {
  document.body.classList.toggle("projector", on);
  get("projector").setAttribute("aria-pressed", on);
  get("help-title").textContent = on ? "The room" : "Who needs help";
};
const sort = () => {
  byName = !byName;
  get("by-name").setAttribute("aria-pressed", byName);
  drawRows();
};
const KEYS = {
  j: () => choose(1), k: () => choose(-1), p: () => projector(!document.body.classList.contains("projector")), s: sort,
  n: () => get("note").focus(), h: () => chosen && handDown(chosen),
};

const listen = () => {
  const stream = new EventSource(`api/stream?_xsrf=${encodeURIComponent(xsrf)}`);
  stream.onopen = () => say("Live");
  stream.onmessage = message => { room = JSON.parse(message.data); draw(); };
  stream.onerror = () => {
    say(`Not live since ${clock(new Date())}; trying again. Learners work on.`);
    if (stream.readyState === EventSource.CLOSED) setTimeout(listen, 2000);
  };
};

const begin = async () => {
  plan = (await ask("api/plan")).lessons;
  get("heads").replaceChildren(make("th", { scope: "col" }, "Learner"), make("th", { scope: "col" }, "State"),
    ...plan.map(one => make("th", { scope: "col", title: one.title }, one.number)));
  get("exercise").replaceChildren(make("option", { value: "" }, "Choose…"), ...plan.flatMap(lesson =>
    lesson.exercises.map(one => make("option", { value: `${lesson.slug} ${one.id}` }, `${lesson.number} · ${one.title}`))));
  get("exercise").addEventListener("change", () => void showExercise());
  get("projector").addEventListener("click", KEYS.p);
  get("by-name").addEventListener("click", sort);
  get("note-form").addEventListener("submit", async event => {
    event.preventDefault();
    try {
      await ask("api/note", { text: get("note").value });
      get("note").value = "";
      get("note-said").textContent = "Sent.";
    } catch (error) {
      get("note-said").textContent = `Not sent (${error.message}); try again.`;
    }
  });
  document.addEventListener("keydown", event => {
    const typing = event.target.matches("input, select, textarea") || get("learner").open;
    if (!typing && !event.ctrlKey && !event.metaKey && !event.altKey) KEYS[event.key.toLowerCase()]?.();
    if (event.key.toLowerCase() === "n" && !typing) event.preventDefault();
  });
  projector(new URLSearchParams(location.search).has("projector"));
  listen();
};

begin().catch(error => say(`The view could not begin (${error.message}). Reload the page.`));
