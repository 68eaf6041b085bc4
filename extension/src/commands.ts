/** What can be done, each as a command of JupyterLab's: in the palette, on keys, behind buttons. */
import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Dialog, Notification, showDialog } from '@jupyterlab/apputils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { Signal } from '@lumino/signaling';

import { ask, type Exercise, type Lesson, type Result, type Section } from './api';
import type { CurrentLesson } from './current';
import type { CourseModel } from './model';
import { check, exerciseInHand, jump, sectionCell, solve } from './notebook';

export namespace Commands {
  export const open = 'labkit:open-lesson';
  export const openSolved = 'labkit:open-solved';
  export const own = 'labkit:open-own-copy';
  export const startPage = 'labkit:open-start-page';
  export const previous = 'labkit:previous-lesson';
  export const next = 'labkit:next-lesson';
  export const goOn = 'labkit:go-on';
  export const check = 'labkit:check';
  export const hint = 'labkit:hint';
  export const solve = 'labkit:solve';
  export const tearDown = 'labkit:tear-down';
  export const look = 'labkit:look-at-environment';
  export const raiseHand = 'labkit:raise-hand';
  export const showCourse = 'labkit:show-course';
  export const showLesson = 'labkit:show-lesson';
}

export const CATEGORY = 'Course';
export const IDS = { course: 'labkit-course', lesson: 'labkit-lesson' };
const START_PAGE = 'start.md';

export class Actions {
  /** Exercises that are being checked or solved. */
  readonly busy = new Map<string, 'check' | 'solve'>();
  readonly changed = new Signal<this, void>(this);

  private readonly _trouble = new Map<string, { said: string; at: string | undefined }>();

  constructor(
    private _app: JupyterFrontEnd,
    private _model: CourseModel,
    private _current: CurrentLesson
  ) {}

  /** What kept the last check or solution from its end, as long as no other check was made. */
  trouble(id: string, result: Result | undefined): string {
    const trouble = this._trouble.get(id);
    return trouble && trouble.at === result?.at ? trouble.said : '';
  }

  async open(lesson: Lesson | null, section?: Section): Promise<void> {
    if (!lesson?.path) {
      return;
    }
    const panel = this._current.panel;
    const there = panel && this._current.lesson === lesson ? panel : await this._opened(lesson.path);
    if (section && there) {
      await there.context.ready;
      await there.revealed;
      const cell = sectionCell(there, section.cell, section.title);
      if (cell) {
        await jump(there, cell);
      }
    }
  }

  async exercise(what: 'check' | 'solve', id: string): Promise<void> {
    const [panel, lesson] = [this._current.panel, this._current.lesson];
    const exercise = lesson?.exercises.find(one => one.id === id);
    if (!panel || !lesson || !exercise || this.busy.has(id)) {
      return;
    }
    if (what === 'solve' && !(await sure(exercise))) {
      return;
    }
    this.busy.set(id, what);
    this._trouble.delete(id);
    this.changed.emit();
    try {
      const said = await (what === 'check' ? check : solve)(panel, lesson, exercise);
      await this._model.refresh();
      if (said) {
        this._trouble.set(id, { said, at: this._model.standing(lesson)?.results[id]?.at });
      }
    } finally {
      this.busy.delete(id);
      this.changed.emit();
    }
  }

  async hint(id: string): Promise<void> {
    const lesson = this._current.lesson;
    if (lesson) {
      await this._told('labkit/hint', { lesson: lesson.slug, exercise: id });
    }
  }

  async tearDown(run: string): Promise<void> {
    await this._told('labkit/teardown', { run });
  }

  async look(): Promise<void> {
    await this._told('labkit/look', {});
  }

  async raiseHand(): Promise<void> {
    const room = this._model.state?.classroom;
    const panel = this._current.panel;
    if (room) {
      const about = { lesson: this._current.lesson?.slug, exercise: panel && exerciseInHand(panel) };
      await this._told(room.hand, { raised: !room.raised, ...about });
    }
  }

  /** Say on the screen what kept the server from something. */
  private async _told(path: string, body: unknown): Promise<void> {
    try {
      await ask(path, body);
      await this._model.refresh();
    } catch (error) {
      Notification.error(`That was not done: ${error instanceof Error ? error.message : error}`);
    }
  }

  private async _opened(path: string): Promise<NotebookPanel | null> {
    return await this._app.commands.execute('docmanager:open', { path, factory: 'Notebook' });
  }
}

function sure(exercise: Exercise): Promise<boolean> {
  return showDialog({
    title: `Solve “${exercise.title}” for you?`,
    body: 'A cell below yours does it. What you wrote stays as it is.',
    buttons: [Dialog.cancelButton(), Dialog.okButton({ label: 'Solve it' })]
  }).then(answer => answer.button.accept);
}

export function addCommands(
  app: JupyterFrontEnd,
  model: CourseModel,
  current: CurrentLesson,
  actions: Actions
): void {
  const { commands } = app;
  const inHand = (args: { exercise?: unknown }) =>
    typeof args.exercise === 'string' ? args.exercise : current.panel ? exerciseInHand(current.panel) : '';
  const here = (args: { exercise?: unknown }) => inHand(args) !== '';
  const beside = (step: number) => model.beside(current.lesson, step);
  const text = { type: 'string' as const };
  const describedBy = (properties: { [name: string]: { type: 'string' } }) => ({
    args: { type: 'object' as const, properties }
  });

  commands.addCommand(Commands.open, {
    label: args => `Open lesson ${model.lesson(String(args.name ?? ''))?.title ?? '…'}`,
    describedBy: describedBy({ name: text, section: text }),
    isVisible: args => typeof args.name === 'string',
    execute: args => {
      const lesson = model.lesson(String(args.name ?? ''));
      return actions.open(lesson, lesson?.sections.find(one => one.cell === args.section));
    }
  });
  commands.addCommand(Commands.goOn, {
    label: 'Go on where you are in the course',
    describedBy: describedBy({}),
    isEnabled: () => Boolean(model.state?.next),
    execute: () => actions.open(model.lesson(model.state?.next))
  });
  commands.addCommand(Commands.previous, {
    label: 'Previous lesson',
    describedBy: describedBy({}),
    isEnabled: () => beside(-1) !== null,
    execute: () => actions.open(beside(-1))
  });
  commands.addCommand(Commands.next, {
    label: 'Next lesson',
    describedBy: describedBy({}),
    isEnabled: () => beside(1) !== null,
    execute: () => actions.open(beside(1))
  });
  commands.addCommand(Commands.openSolved, {
    label: 'Open the solved edition of this lesson',
    caption: 'It can be run, is never saved, and does not count as your progress',
    describedBy: describedBy({}),
    isVisible: () => Boolean(current.lesson?.solved),
    isEnabled: () => Boolean(current.lesson?.solved),
    execute: () =>
      app.commands.execute('docmanager:open', { path: current.lesson!.solved!, factory: 'Notebook' })
  });
  commands.addCommand(Commands.own, {
    label: 'Open my own copy of this lesson',
    describedBy: describedBy({}),
    isEnabled: () => Boolean(current.lesson?.path),
    execute: () =>
      app.commands.execute('docmanager:open', { path: current.lesson!.path!, factory: 'Notebook' })
  });
  commands.addCommand(Commands.startPage, {
    label: 'Start page: timetable, and what each lesson is',
    describedBy: describedBy({}),
    isEnabled: () => Boolean(model.lessons[0]?.path),
    execute: () => app.commands.execute('docmanager:open', startPage(model.lessons[0]))
  });
  commands.addCommand(Commands.check, {
    label: 'Check this exercise',
    caption: 'Run the exercise as far as it is not, and the check after it',
    describedBy: describedBy({ exercise: text }),
    isEnabled: here,
    execute: args => actions.exercise('check', inHand(args))
  });
  commands.addCommand(Commands.hint, {
    label: 'Show a hint for this exercise',
    describedBy: describedBy({ exercise: text }),
    isEnabled: here,
    execute: args => actions.hint(inHand(args))
  });
  commands.addCommand(Commands.solve, {
    label: 'Solve this exercise for me',
    describedBy: describedBy({ exercise: text }),
    isEnabled: here,
    execute: args => actions.exercise('solve', inHand(args))
  });
  commands.addCommand(Commands.tearDown, {
    label: 'Tear down what this lesson created…',
    describedBy: describedBy({}),
    isEnabled: () => model.runs(current.lesson).length > 0,
    execute: async () => {
      const run = model.runs(current.lesson)[0];
      const answer = await showDialog({
        title: 'Tear down?',
        body: `${run.words} will be deleted.`,
        buttons: [Dialog.cancelButton(), Dialog.warnButton({ label: 'Yes, delete all of it' })]
      });
      if (answer.button.accept) {
        app.shell.activateById(IDS.lesson);
        await actions.tearDown(run.id);
      }
    }
  });
  commands.addCommand(Commands.look, {
    label: 'Look at the environment again (labkit doctor)',
    describedBy: describedBy({}),
    execute: () => actions.look()
  });
  commands.addCommand(Commands.raiseHand, {
    label: () => (model.state?.classroom?.raised ? 'Lower your hand' : 'Raise your hand'),
    describedBy: describedBy({}),
    isVisible: () => Boolean(model.state?.classroom),
    isEnabled: () => Boolean(model.state?.classroom),
    execute: () => actions.raiseHand()
  });
  commands.addCommand(Commands.showCourse, {
    label: 'Show the course (left)',
    describedBy: describedBy({}),
    execute: () => app.shell.activateById(IDS.course)
  });
  commands.addCommand(Commands.showLesson, {
    label: 'Show the open lesson (right)',
    describedBy: describedBy({}),
    execute: () => app.shell.activateById(IDS.lesson)
  });
  current.changed.connect(() => commands.notifyCommandChanged());
}

/** The start page lies beside the days' folders. */
function startPage(lesson: Lesson): { path: string; factory: string } {
  const folder = lesson.path!.split('/').slice(0, -2);
  return { path: [...folder, START_PAGE].join('/'), factory: 'Markdown Preview' };
}
