/** Which lesson is in front of the learner, and in which edition. */
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { type ISignal, Signal } from '@lumino/signaling';

import type { Lesson } from './api';
import type { CourseModel } from './model';

export class CurrentLesson {
  private _changed = new Signal<this, void>(this);

  constructor(
    private _tracker: INotebookTracker,
    private _model: CourseModel
  ) {
    _tracker.currentChanged.connect((_, panel) => {
      void panel?.context.ready.then(() => this._changed.emit());
      this._changed.emit();
    });
    _model.changed.connect(() => this._changed.emit());
  }

  /** Emitted whenever what is shown of the lesson or of the course may have changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** The notebook in front; null where it is none of the course's. */
  get panel(): NotebookPanel | null {
    const panel = this._tracker.currentWidget;
    return panel && lessonOf(panel, this._model) ? panel : null;
  }

  get lesson(): Lesson | null {
    const panel = this._tracker.currentWidget;
    return panel && lessonOf(panel, this._model);
  }

  get solved(): boolean {
    return this.panel !== null && isSolved(this.panel);
  }
}

/** The lesson that a notebook was built from, wherever its copy lies. */
export function lessonOf(panel: NotebookPanel, model: CourseModel): Lesson | null {
  const built = panel.model?.getMetadata('labkit') as { slug?: string } | undefined;
  return built?.slug ? model.lesson(built.slug) : model.lessonAt(panel.context.path);
}

/** Whether a notebook is of the solved edition: what runs in it is not the learner's work. */
export function isSolved(panel: NotebookPanel): boolean {
  const built = panel.model?.getMetadata('labkit') as { edition?: string } | undefined;
  return built?.edition === 'solutions';
}
