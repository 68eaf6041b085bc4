/** In the notebook: Check and Hint below an exercise's own cell, a card when the lesson is finished. */
import { type Cell, CodeCell } from '@jupyterlab/cells';
import { type INotebookTracker, type Notebook, NotebookActions, type NotebookPanel } from '@jupyterlab/notebook';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { CommandRegistry } from '@lumino/commands';
import type { Message } from '@lumino/messaging';
import type { PanelLayout, Widget } from '@lumino/widgets';
import * as React from 'react';

import type { Lesson } from './api';
import { type Actions, Commands } from './commands';
import { type CurrentLesson, isSolved, lessonOf } from './current';
import { ExerciseButtons, ExerciseResult } from './exercise';
import type { CourseModel } from './model';
import { exerciseOf, still, stillWhatIsGone, toRunBelow } from './notebook';
import { CommandButton, Sign, View } from './view';

const BAR = 'labkit-CellBar';

/** What a kernel says when it has lost its widgets. */
const GONE = ['restarting', 'autorestarting', 'dead', 'terminating'];

export class NotebookParts {
  constructor(
    tracker: INotebookTracker,
    private _commands: CommandRegistry,
    private _model: CourseModel,
    private _current: CurrentLesson,
    private _actions: Actions,
    private _rendermime: IRenderMimeRegistry
  ) {
    tracker.widgetAdded.connect((_, panel) => void this._furnish(panel));
    tracker.forEach(panel => void this._furnish(panel));
    _model.changed.connect(() => tracker.forEach(panel => this._bars(panel)));
  }

  private async _furnish(panel: NotebookPanel): Promise<void> {
    await panel.context.ready;
    this._bars(panel);
    panel.content.model!.cells.changed.connect(() => requestAnimationFrame(() => this._bars(panel)));
    void stillWhatIsGone(panel);
    panel.sessionContext.statusChanged.connect((_, status) => {
      if (GONE.includes(status)) {
        still(panel);
      }
    });
    panel.contentHeader.addWidget(new Notes(panel, this._commands, this._model, this._current));
  }

  /** Put the bar below each exercise's cell that has none; cells are drawn when they are near. */
  private _bars(panel: NotebookPanel): void {
    const lesson = panel.isDisposed ? null : lessonOf(panel, this._model);
    if (!lesson || isSolved(panel)) {
      return;
    }
    for (const cell of panel.content.widgets) {
      if (cell instanceof CodeCell && exerciseOf(cell)) {
        void cell.ready.then(() => this._bar(cell, lesson));
      }
    }
  }

  private _bar(cell: Cell, lesson: Lesson): void {
    const layout = cell.layout as PanelLayout | null;
    const exercise = lesson.exercises.find(one => one.id === exerciseOf(cell));
    if (!layout || !exercise || layout.widgets.some(widget => widget.hasClass(BAR))) {
      return;
    }
    const input = layout.widgets.findIndex(widget => widget.hasClass('jp-Cell-inputWrapper'));
    const bar = new CellBar(this._model, this._actions, this._commands, this._rendermime, lesson, exercise.id);
    layout.insertWidget(input + 1, bar);
  }
}

class CellBar extends View {
  constructor(
    private _model: CourseModel,
    private _actions: Actions,
    private _commands: CommandRegistry,
    private _rendermime: IRenderMimeRegistry,
    private _lesson: Lesson,
    private _exercise: string
  ) {
    super([_model.changed, _actions.changed]);
    this.addClass(BAR);
    this.node.setAttribute('role', 'group');
    this.node.setAttribute('aria-label', `Exercise: ${this._about()?.title}`);
  }

  protected render(): JSX.Element | null {
    const exercise = this._about();
    if (!exercise) {
      return null;
    }
    const result = this._model.state?.lessons[this._lesson.slug]?.results[exercise.id];
    const props = {
      exercise,
      result,
      actions: this._actions,
      commands: this._commands,
      rendermime: this._rendermime
    };
    return (
      <>
        <ExerciseButtons {...props} solve={false} />
        {result?.outcome && (
          <span className="labkit-Outcome">
            <Sign outcome={result.outcome} /> {result.outcome}
          </span>
        )}
        <ExerciseResult {...props} brief />
      </>
    );
  }

  private _about() {
    return this._model.lesson(this._lesson.name)?.exercises.find(one => one.id === this._exercise);
  }
}

/** Above the cells: that an edition is never saved, and that a lesson is finished. */
class Notes extends View {
  private _wasDone: boolean | null = null;
  private _card = false;

  constructor(
    private _panel: NotebookPanel,
    private _commands: CommandRegistry,
    private _model: CourseModel,
    current: CurrentLesson
  ) {
    super([current.changed]);
    this.addClass('labkit-Notes');
    NotebookActions.executed.connect(this._ran, this);
  }

  protected onUpdateRequest(message: Message): void {
    super.onUpdateRequest(message);
    void this.renderPromise?.then(() => this._takeRoom());
  }

  protected onResize(message: Widget.ResizeMessage): void {
    super.onResize(message);
    this._takeRoom();
  }

  dispose(): void {
    NotebookActions.executed.disconnect(this._ran, this);
    super.dispose();
  }

  private _ran(_: unknown, ran: { notebook: Notebook }): void {
    if (this._card && ran.notebook === this._panel.content) {
      this.update();
    }
  }

  /** The header above a notebook gives its parts no more height than they ask for by themselves. */
  private _takeRoom(): void {
    const height = this.node.firstElementChild?.getBoundingClientRect().height ?? 0;
    const room = `${Math.ceil(height)}px`;
    if (this.node.style.minHeight !== room && this.parent) {
      this.node.style.minHeight = room;
      this.parent.fit();
    }
  }

  protected render(): JSX.Element | null {
    const lesson = lessonOf(this._panel, this._model);
    if (!lesson || this._panel.isDisposed) {
      return null;
    }
    if ([lesson.solved, lesson.edition].includes(this._panel.context.path)) {
      return this._readOnly();
    }
    this._notice(lesson);
    return this._card ? this._finished(lesson) : null;
  }

  /** Show the card when the last exercise passes while the notebook is open, not ever after. */
  private _notice(lesson: Lesson): void {
    const done = this._model.standing(lesson)?.done;
    if (done === undefined) {
      return;
    }
    this._card = done && (this._card || this._wasDone === false);
    this._wasDone = done;
  }

  private _readOnly(): JSX.Element {
    return (
      <div className="labkit-Note" role="note">
        This is the course’s own edition: it runs, and is never saved.{' '}
        <CommandButton commands={this._commands} id={Commands.own}>
          Open my copy
        </CommandButton>
      </div>
    );
  }

  private _finished(lesson: Lesson): JSX.Element {
    const standing = this._model.standing(lesson)!;
    const next = this._model.beside(lesson, 1);
    const left = this._model.runs(lesson).filter(run => run.lesson === lesson.slug && run.held.length);
    const goesOn = toRunBelow(this._panel, lesson) > 0;
    return (
      <div className="labkit-Card" role="status">
        <strong>
          {goesOn ? '✔ Its exercises are done, and the lesson goes on below.' : `✔ Lesson ${lesson.number} is finished.`}
        </strong>{' '}
        {standing.solved} of {standing.exercises} {standing.exercises === 1 ? 'exercise' : 'exercises'}
        {standing.minutes >= 1 && `, ${standing.minutes} of ${standing.planned} min`}.{' '}
        {left.length > 0 && `Still there: ${left[0].words}. The last cell, or the right sidebar, tears it down. `}
        {next ? (
          <CommandButton commands={this._commands} id={Commands.next}>
            Next: {next.number} · {next.title}
          </CommandButton>
        ) : (
          'It was the last one. '
        )}
        <button
          className="jp-Button jp-mod-styled jp-mod-minimal labkit-Button labkit-Close"
          aria-label="Close this card"
          onClick={() => {
            this._card = false;
            this.update();
          }}
        >
          ✕
        </button>
      </div>
    );
  }
}
