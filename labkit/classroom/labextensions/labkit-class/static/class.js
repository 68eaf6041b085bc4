// The learner's part of a class in JupyterLab, without a build step: the hand, the switch, the notes.
// JupyterLab loads it as a module federation container: an object with `init` and `get`.
(() => {
  const EVERY_MS = 2000;
  let shared = {};
  const load = async name => (await Object.values(shared[name])[0].get())();

  const button = (title, onClick) => {
    const node = document.createElement("button");
    Object.assign(node, { type: "button", title });
    node.className = "jp-mod-minimal jp-Button labkit-class";
    node.style.color = "var(--jp-ui-font-color1)";
    node.addEventListener("click", onClick);
    return node;
  };

  const plugin = ({ Notification, showDialog, Dialog }, { Widget }, { ServerConnection }) => ({
    id: "labkit-class:plugin",
    autoStart: true,
    activate: app => {
      const settings = app.serviceManager.serverSettings;
      const ask = async said => {
        const init = said ? { method: "POST", body: JSON.stringify(said) } : {};
        const answer = await ServerConnection.makeRequest(`${settings.baseUrl}labkit/class`, init, settings);
        if (!answer.ok) throw new Error(answer.statusText);
        return answer.json();
      };
      let state = { notes: [] };
      let asking = false;
      let shown = 0;

      const text = lines => {
        const node = document.createElement("div");
        node.append(...lines.map(line => Object.assign(document.createElement("p"), { textContent: line })));
        return new Widget({ node });
      };
      const say = async said => {
        try {
          draw(await ask(said));
        } catch (error) {
          Notification.warning(`That was not taken (${error.message}); try again.`);
        }
      };

      const WHAT = "Your instructor sees: which lesson and exercise you are at, whether a check passed, tries, hints and times.";
      const NOT = "Never sent: your code, your answers, outputs, the check's messages.";
      const askWhether = async () => {
        asking = true;
        const answer = await showDialog({
          title: "Share your progress with your instructor?",
          body: text([WHAT, NOT, `It stays on the class's computer, and is deleted after ${state.keep_until}. You can change this at any time; lessons work without it.`]),
          buttons: [Dialog.cancelButton({ label: "Do not share" }), Dialog.okButton({ label: "Share" })],
        });
        await say({ shares: answer.button.accept });
        asking = false;
      };
      const askSharing = async () => {
        const lines = state.lines.slice(-8).map(one => `${one.at}  ${one.lesson}  ${one.exercise}  ${one.event} ${one.outcome}`);
        const answer = await showDialog({
          title: state.shares ? "You share your progress" : "You share nothing",
          body: text([WHAT, NOT, lines.length ? "The lines sent last:" : "Nothing was sent yet.", ...lines]),
          buttons: state.shares
            ? [Dialog.cancelButton({ label: "Go on" }), Dialog.warnButton({ label: "Stop, and delete what was sent", accept: true, actions: ["forget"] }), Dialog.okButton({ label: "Stop" })]
            : [Dialog.cancelButton({ label: "Go on" }), Dialog.okButton({ label: "Share from now on" })],
        });
        if (answer.button.accept) {
          await say({ shares: !state.shares, forget: answer.button.actions.includes("forget") });
        }
      };
      const showNotes = () => {
        const lines = [...state.notes].reverse().map(one => `${new Date(one.at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })}  ${one.text}`);
        void showDialog({ title: "Notes of your instructor", body: text(lines.length ? lines : ["None yet."]), buttons: [Dialog.okButton({ label: "Close" })] });
      };

      const hand = button("Tell your instructor that you need help", () => void say({ raised: !state.hand }));
      const sharing = button("What your instructor sees", () => void (state.shares === null ? askWhether() : askSharing()));
      const notes = button("Notes of your instructor", showNotes);

      const draw = found => {
        state = found;
        hand.textContent = state.hand ? "Hand is up" : "Raise hand";
        hand.setAttribute("aria-pressed", String(Boolean(state.hand)));
        sharing.textContent = state.shares ? (state.reaches ? "Shared" : "Shared (waits)") : "Not shared";
        notes.textContent = `Notes (${state.notes.length})`;
        const fresh = state.notes.filter(one => one.number > Math.max(state.seen, shown));
        for (const note of fresh) {
          Notification.info(`Your instructor: ${note.text}`, { autoClose: false });
          shown = note.number;
        }
        if (fresh.length) {
          void ask({ seen: shown }).catch(() => undefined);
        }
        if (state.shares === null && state.keep_until && !asking) {
          void askWhether();
        }
      };

      const bar = new Widget();
      bar.id = "labkit-class";
      bar.node.setAttribute("role", "group");
      bar.node.setAttribute("aria-label", "Class");
      bar.node.style.cssText = "display: flex; align-items: center; gap: 4px; padding-right: 8px;";
      bar.node.append(hand, sharing, notes);
      void app.restored.then(async () => {
        try {
          draw(await ask());
        } catch {
          return; // this server belongs to no class
        }
        app.shell.add(bar, "top", { rank: 900 });
        setInterval(() => ask().then(draw).catch(() => undefined), EVERY_MS);
      });
    },
  });

  window._JUPYTERLAB = window._JUPYTERLAB || {};
  window._JUPYTERLAB["labkit-class"] = {
    init: scope => {
      shared = scope;
    },
    get: async () => {
      const modules = ["@jupyterlab/apputils", "@lumino/widgets", "@jupyterlab/services"];
      const made = plugin(...(await Promise.all(modules.map(load))));
      return () => ({ __esModule: true, default: made });
    },
  };
})();
