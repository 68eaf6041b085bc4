/** The course in JupyterLab's window. */
import {
  ILabShell,
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { PageConfig } from '@jupyterlab/coreutils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { IStateDB } from '@jupyterlab/statedb';
import { IStatusBar } from '@jupyterlab/statusbar';

import { NotebookParts } from './cells';
import { Actions, addCommands, CATEGORY, Commands, IDS } from './commands';
import { CourseSidebar } from './course';
import { CurrentLesson } from './current';
import { LessonSidebar } from './lesson';
import { CourseModel } from './model';
import { WhereItem } from './status';

const SHOWN = 'labkit:shown';

/** A narrower window, or one that is zoomed, shows the right sidebar alone; the left is a click away. */
const BOTH_FIT_PX = 1200;

const plugin: JupyterFrontEndPlugin<void> = {
  id: 'labkit:plugin',
  description: 'The course: lessons left, the open lesson right, Check and Hint at exercises.',
  autoStart: true,
  requires: [INotebookTracker, IRenderMimeRegistry],
  optional: [ICommandPalette, ILayoutRestorer, IStatusBar, IStateDB, ILabShell],
  activate: (
    app: JupyterFrontEnd,
    tracker: INotebookTracker,
    rendermime: IRenderMimeRegistry,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null,
    statusBar: IStatusBar | null,
    state: IStateDB | null,
    shell: ILabShell | null
  ) => {
    const model = new CourseModel(app.serviceManager);
    const current = new CurrentLesson(tracker, model);
    const actions = new Actions(app, model, current);
    addCommands(app, model, current, actions);
    new NotebookParts(tracker, app.commands, model, current, actions, rendermime);

    const course = new CourseSidebar(app.commands, model, current);
    const lesson = new LessonSidebar(app.commands, model, current, actions, rendermime);
    app.shell.add(course, 'left', { rank: 50 });
    app.shell.add(lesson, 'right', { rank: 50 });
    restorer?.add(course, IDS.course);
    restorer?.add(lesson, IDS.lesson);
    statusBar?.registerStatusItem('labkit:where', {
      item: new WhereItem(app.commands, model, current),
      align: 'right',
      rank: 10
    });
    for (const command of Object.values(Commands)) {
      if (command !== Commands.open) {
        palette?.addItem({ command, category: CATEGORY });
      }
    }
    void app.restored.then(async () => {
      await showOnce(app, state);
      if (shell) {
        leaveRoom(shell);
      }
      await openSomething(app, model);
    });
  }
};

/** Show both sidebars in a workspace that is new; from then on it is as the learner leaves it. */
async function showOnce(app: JupyterFrontEnd, state: IStateDB | null): Promise<void> {
  if (state && !(await state.fetch(SHOWN))) {
    app.shell.activateById(IDS.course);
    app.shell.activateById(IDS.lesson);
    await state.save(SHOWN, true);
  }
}

/** Put the left sidebar away while the window is too narrow for both, unless the learner wants it. */
function leaveRoom(shell: ILabShell): void {
  const narrow = window.matchMedia(`(max-width: ${BOTH_FIT_PX - 1}px)`);
  let away = false;
  const fit = () => {
    if (narrow.matches && !shell.leftCollapsed && !shell.rightCollapsed) {
      shell.collapseLeft();
      away = true;
    } else if (!narrow.matches && away) {
      shell.expandLeft();
      away = false;
    }
  };
  narrow.addEventListener('change', fit);
  fit();
}

/** In a window with nothing in it, as a second tab opens, go on where the learner is. */
async function openSomething(app: JupyterFrontEnd, model: CourseModel): Promise<void> {
  await model.refresh();
  const widgets = [...app.shell.widgets('main')];
  const named = PageConfig.getOption('treePath'); // the address itself opens this, a moment later
  if (!named && widgets.every(widget => widget.id.startsWith('launcher')) && model.state?.next) {
    await app.commands.execute(Commands.goOn);
  }
}

export default plugin;
