// A JupyterLab extension without a build step. JupyterLab loads it as a module federation container
// (https://webpack.js.org/concepts/module-federation): an object with `init` and `get`.
(() => {
  const PANEL = "my-lessons/panel.ipynb";
  const START_PAGE = "my-lessons/start.md";
  const LESSON = /^my-lessons\/day-\d+\/.*\.ipynb$/;
  const EVERY_MS = 3000;
  // JupyterLab breaks lines of output within words, and diagrams in Markdown where they are too wide.
  const STYLE = `
    body .jp-OutputArea-output pre { word-break: normal; overflow-wrap: anywhere; }
    body .jp-RenderedMarkdown pre { white-space: pre; overflow-x: auto; }`;
  let shared = {};

  // A module that JupyterLab itself uses, such as @jupyterlab/notebook.
  const load = async name => (await Object.values(shared[name])[0].get())();

  const runPanel = async (panel, NotebookActions) => {
    await Promise.all([panel.context.ready, panel.sessionContext.ready]);
    await panel.sessionContext.session?.kernel?.info;
    await NotebookActions.runAll(panel.content, panel.sessionContext);
  };

  // What another process writes into an open file, JupyterLab does not show by itself.
  const reload = async (app, widget) => {
    const { context } = widget;
    const onDisk = await app.serviceManager.contents.get(START_PAGE, { content: false });
    if (onDisk.last_modified !== context.contentsModel?.last_modified) {
      await context.revert();
    }
  };

  // A lesson that is opened from the start page belongs beside it, not into its narrow column.
  const placeBeside = async (app, panel) => {
    await panel.revealed;
    const others = [...app.shell.widgets("main")].filter(widget => widget !== panel);
    const start = others.find(widget => widget.context?.path === START_PAGE);
    const column = [...panel.parent.tabBars()].find(bar => bar.titles.includes(panel.title));
    if (!column.titles.includes(start?.title)) {
      return;
    }
    const lesson = others.find(
      ({ context, title }) => LESSON.test(context?.path) && !column.titles.includes(title),
    );
    const place = lesson ? { ref: lesson.id, mode: "tab-after" } : { ref: start.id, mode: "split-right" };
    app.shell.add(panel, "main", place);
  };

  const plugin = (INotebookTracker, NotebookActions) => ({
    id: "labkit:plugin",
    autoStart: true,
    requires: [INotebookTracker],
    activate: (app, tracker) => {
      document.head.append(Object.assign(document.createElement("style"), { textContent: STYLE }));
      tracker.widgetAdded.connect((_, panel) => {
        if (panel.context.path === PANEL) {
          void runPanel(panel, NotebookActions);
        }
      });
      void app.restored.then(() => {
        tracker.widgetAdded.connect((_, panel) => void placeBeside(app, panel));
      });
      setInterval(() => {
        for (const widget of app.shell.widgets("main")) {
          if (widget.context?.path === START_PAGE && widget.context.isReady) {
            reload(app, widget).catch(() => undefined); // the server is away; it comes back or not
          }
        }
      }, EVERY_MS);
    },
  });

  window._JUPYTERLAB = window._JUPYTERLAB || {};
  window._JUPYTERLAB.labkit = {
    init: scope => {
      shared = scope;
    },
    get: async () => {
      const { INotebookTracker, NotebookActions } = await load("@jupyterlab/notebook");
      return () => ({ __esModule: true, default: plugin(INotebookTracker, NotebookActions) });
    },
  };
})();
