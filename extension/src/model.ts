/** The course as this window knows it: asked for when the server says that it changed. */
import type { Event, ServiceManager } from '@jupyterlab/services';
import { type ISignal, Signal } from '@lumino/signaling';

import { ask, type Lesson, type Run, type Standing, type State } from './api';

const EVENT = 'urn:labkit:course';
/** An event may be missed while the connection is away, so we look anyway, if seldom. */
const EVERY_MS = 20_000;

export class CourseModel {
  lessons: Lesson[] = [];
  state: State | null = null;
  /** Why the server could not be asked; '' while it can. */
  trouble = '';

  private _changed = new Signal<this, void>(this);
  private _asking: Promise<void> | null = null;
  private _again = false;
  private _version = -1;

  constructor(manager: ServiceManager.IManager) {
    manager.events.stream.connect((_, event: Event.Emission) => {
      if (event.schema_id === EVENT) {
        void this.refresh();
      }
    });
    document.addEventListener('visibilitychange', () => this._look());
    setInterval(() => this._look(), EVERY_MS);
    void this.refresh();
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Ask for the state; one question at a time, and once more if something changed meanwhile. */
  refresh(): Promise<void> {
    if (this._asking) {
      this._again = true;
      return this._asking;
    }
    this._asking = this._ask().finally(() => {
      this._asking = null;
      if (this._again) {
        this._again = false;
        void this.refresh();
      }
    });
    return this._asking;
  }

  /** Have the server do something, and show what it says. */
  async tell(path: string, body: unknown): Promise<void> {
    await ask(path, body);
    await this.refresh();
  }

  lesson(name: string | null | undefined): Lesson | null {
    return this.lessons.find(one => one.name === name || one.slug === name) ?? null;
  }

  /** The lesson whose notebook has a path. */
  lessonAt(path: string): Lesson | null {
    return (
      this.lessons.find(one => [one.path, one.solved, one.edition].includes(path)) ?? null
    );
  }

  standing(lesson: Lesson): Standing | null {
    return this.state?.lessons[lesson.slug] ?? null;
  }

  /** The lesson before or after one. */
  beside(lesson: Lesson | null, step: number): Lesson | null {
    const place = this.lessons.findIndex(one => one === lesson);
    return place < 0 ? null : (this.lessons[place + step] ?? null);
  }

  /** The runs that hold something, those of one lesson first. */
  runs(lesson: Lesson | null): Run[] {
    const live = (this.state?.runs ?? []).filter(run => !run.ended && run.held.length);
    const ours = (run: Run) => run.lesson === lesson?.slug;
    return [...live.filter(ours), ...live.filter(run => !ours(run))];
  }

  private _look(): void {
    if (!document.hidden) {
      void this.refresh();
    }
  }

  private async _ask(): Promise<void> {
    try {
      const state = await ask<State>('labkit/state');
      if (state.version !== this._version || !this.lessons.length) {
        const lessons = await ask<Lesson[]>('labkit/course');
        this._version = state.version;
        this.lessons = lessons;
      }
      this.state = state;
      this.trouble = '';
    } catch (error) {
      this.trouble = error instanceof Error ? error.message : String(error);
    }
    this._changed.emit();
  }
}
