/** The left sidebar: days, lessons, the sections of the open one, progress, search. */
import type { CommandRegistry } from '@lumino/commands';
import type { Message } from '@lumino/messaging';
import { LabIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { Lesson, Section } from './api';
import { Commands, IDS } from './commands';
import type { CurrentLesson } from './current';
import { courseIcon } from './icons';
import type { CourseModel } from './model';
import { Bar, CommandButton, inWords, Sign, View } from './view';

export class CourseSidebar extends View {
  private _words: string[] = [];
  private _seen: Lesson | null = null;

  constructor(
    private _commands: CommandRegistry,
    private _model: CourseModel,
    private _current: CurrentLesson
  ) {
    super([_current.changed]);
    this.id = IDS.course;
    this.addClass('labkit-Sidebar');
    this.title.icon = courseIcon as LabIcon;
    this.title.caption = 'Course';
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', 'Course');
  }

  /** Keep those lessons that have every word somewhere. */
  search(query: string): void {
    this._words = query.toLowerCase().split(/\s+/).filter(Boolean);
    this.update();
  }

  /** Keep the open lesson in sight, when it has become another one. */
  protected onUpdateRequest(message: Message): void {
    super.onUpdateRequest(message);
    const open = this._current.lesson;
    if (open && open !== this._seen) {
      void this.renderPromise?.then(() => {
        const row = this.node.querySelector('.labkit-mod-open');
        this._seen = row ? open : this._seen;
        row?.scrollIntoView({ block: 'nearest' });
      });
    }
  }

  protected render(): JSX.Element {
    const { lessons, state, trouble } = this._model;
    if (!lessons.length) {
      return <p className="labkit-Quiet">{trouble || 'The course is being read…'}</p>;
    }
    const shown = lessons.filter(lesson => matches(lesson, this._words));
    const standings = lessons.map(lesson => state?.lessons[lesson.slug]).filter(one => one !== undefined);
    const solved = standings.reduce((sum, one) => sum + one.solved, 0);
    const all = standings.reduce((sum, one) => sum + one.exercises, 0);
    return (
      <>
        <header>
          <h2>Course</h2>
          <span className="labkit-Quiet">
            {solved} of {all} exercises
          </span>
          <Bar done={solved} of={all} label="Exercises of the course that are solved" />
          <input
            className="jp-mod-styled labkit-Search"
            type="search"
            aria-label="Search lessons"
            placeholder="Search lessons"
            onChange={event => this.search(event.target.value)}
          />
        </header>
        <nav aria-label="Lessons">
          {[...new Set(shown.map(lesson => lesson.day))].map(day => (
            <section key={day} aria-label={`Day ${day}`}>
              <h3>Day {day}</h3>
              <ol>{shown.filter(lesson => lesson.day === day).map(one => this._lesson(one))}</ol>
            </section>
          ))}
          {shown.length === 0 && (
            <p className="labkit-Quiet" role="status">
              No lesson has these words.
            </p>
          )}
        </nav>
        <footer>
          <CommandButton commands={this._commands} id={Commands.previous}>
            ‹ Previous
          </CommandButton>
          <CommandButton commands={this._commands} id={Commands.startPage} label="Start page">
            Start page
          </CommandButton>
          <CommandButton commands={this._commands} id={Commands.next}>
            Next ›
          </CommandButton>
        </footer>
      </>
    );
  }

  private _lesson(lesson: Lesson): JSX.Element {
    const standing = this._model.standing(lesson);
    const open = this._current.lesson === lesson;
    const found = this._words.length
      ? lesson.sections.filter(one => this._words.every(word => one.title.toLowerCase().includes(word)))
      : [];
    const sections = open && !this._words.length ? lesson.sections : found;
    const outcome = standing?.done ? 'passed' : standing?.begun ? 'not yet' : '';
    return (
      <li key={lesson.name} className={open ? 'labkit-mod-open' : ''}>
        <button
          className="labkit-Row"
          aria-current={open ? 'page' : undefined}
          onClick={() => this._open(lesson)}
        >
          <Sign outcome={outcome} title={standing?.done ? 'done' : standing?.begun ? 'begun' : undefined} />
          <span className="labkit-Row-title">
            {lesson.number} · {lesson.title}
          </span>
          <span className="labkit-Quiet">
            {standing && inWords(standing)}
          </span>
        </button>
        {sections.length > 0 && (
          <ol aria-label={`Sections of ${lesson.title}`}>
            {sections.map(section => (
              <li key={section.cell}>
                <button className="labkit-Row" onClick={() => this._open(lesson, section)}>
                  <span className="labkit-Row-title">{section.title}</span>
                  {section.extra && <span className="labkit-Badge">extra</span>}
                  <span className="labkit-Quiet">{section.minutes} min</span>
                </button>
              </li>
            ))}
          </ol>
        )}
      </li>
    );
  }

  private _open(lesson: Lesson, section?: Section): void {
    void this._commands.execute(Commands.open, { name: lesson.name, section: section?.cell ?? null });
  }
}

/** Whether a lesson has every word: in its title, question, goals, sections, exercises, resources. */
function matches(lesson: Lesson, words: string[]): boolean {
  const { number, title, question, goals, creates, sections, exercises } = lesson;
  const titles = [...sections, ...exercises].map(one => one.title);
  const text = [number, title, question, ...goals, ...creates, ...titles].join(' ').toLowerCase();
  return words.every(word => text.includes(word));
}
