/** The right sidebar: what belongs to the open lesson. */
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { CommandRegistry } from '@lumino/commands';
import * as React from 'react';

import type { Exercise, Lesson, State } from './api';
import { type Actions, Commands, IDS } from './commands';
import type { CurrentLesson } from './current';
import { Environment } from './environment';
import { ExerciseButtons, ExerciseResult } from './exercise';
import { lessonIcon } from './icons';
import type { CourseModel } from './model';
import { cellsOf, jump } from './notebook';
import { Resources } from './resources';
import { Bar, CommandButton, inWords, Sign, View } from './view';

export class LessonSidebar extends View {
  constructor(
    private _commands: CommandRegistry,
    private _model: CourseModel,
    private _current: CurrentLesson,
    private _actions: Actions,
    private _rendermime: IRenderMimeRegistry
  ) {
    super([_current.changed, _actions.changed]);
    this.id = IDS.lesson;
    this.addClass('labkit-Sidebar');
    this.title.icon = lessonIcon;
    this.title.caption = 'Open lesson';
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', 'Open lesson');
  }

  protected render(): JSX.Element {
    const { state, trouble } = this._model;
    const lesson = this._current.lesson;
    if (!state) {
      return <p className="labkit-Quiet">{trouble || 'The course is being read…'}</p>;
    }
    return (
      <>
        {lesson ? this._lesson(lesson, state) : this._none(state)}
        <Resources
          runs={this._model.runs(lesson)}
          lesson={lesson?.slug ?? ''}
          teardowns={state.teardowns}
          ended={state.runs.filter(run => run.ended).length}
          actions={this._actions}
        />
        <Environment state={state} trouble={trouble} actions={this._actions} />
        {state.classroom && (
          <CommandButton commands={this._commands} id={Commands.raiseHand}>
            {state.classroom.raised ? '✋ Your hand is raised' : '✋ Raise your hand'}
          </CommandButton>
        )}
      </>
    );
  }

  private _none(state: State): JSX.Element {
    return (
      <header>
        <h2>No lesson is open</h2>
        {state.next && (
          <CommandButton commands={this._commands} id={Commands.goOn}>
            Go on: {this._model.lesson(state.next)?.title}
          </CommandButton>
        )}
      </header>
    );
  }

  private _lesson(lesson: Lesson, state: State): JSX.Element {
    const standing = this._model.standing(lesson);
    const solved = this._current.solved;
    return (
      <>
        <header>
          <h2>
            {lesson.number} · {lesson.title}
          </h2>
          {solved ? (
            <p className="labkit-Quiet">
              The solved edition: what runs here does not count as your progress.{' '}
              <CommandButton commands={this._commands} id={Commands.own}>
                Open my copy
              </CommandButton>
            </p>
          ) : (
            <>
              <span className="labkit-Quiet">
                {standing && inWords(standing)}
                {lesson.extra > 0 && `, extra ${lesson.extra} min`}
              </span>
              <Bar
                done={standing?.solved ?? 0}
                of={standing?.exercises ?? 0}
                label="Exercises of this lesson that are solved"
              />
            </>
          )}
        </header>
        <details className="labkit-Goals" open={!standing?.begun}>
          <summary>
            <h3>Goals</h3>
          </summary>
          <ul>
            {lesson.goals.map(goal => (
              <li key={goal}>{plain(goal)}</li>
            ))}
          </ul>
        </details>
        {!solved && (
          <section aria-label="Exercises">
            <h3>Exercises</h3>
            <ol className="labkit-Exercises">
              {lesson.exercises.map(one => this._exercise(lesson, one, state))}
            </ol>
          </section>
        )}
      </>
    );
  }

  private _exercise(lesson: Lesson, exercise: Exercise, state: State): JSX.Element {
    const result = state.lessons[lesson.slug]?.results[exercise.id];
    const props = {
      exercise,
      result,
      actions: this._actions,
      commands: this._commands,
      rendermime: this._rendermime
    };
    const outcome = result?.outcome ?? '';
    const before = result?.passed && outcome !== 'passed' ? ' (passed before)' : '';
    return (
      <li key={exercise.id}>
        <button className="labkit-Row" onClick={() => this._jump(exercise)}>
          <Sign outcome={outcome} />
          <span className="labkit-Row-title">{exercise.title}</span>
          {!exercise.core && <span className="labkit-Badge">extra</span>}
          <span className="labkit-Quiet">
            {outcome || 'not begun'}
            {before}, {exercise.minutes} min
          </span>
        </button>
        <ExerciseButtons {...props} solve />
        <ExerciseResult {...props} />
      </li>
    );
  }

  private _jump(exercise: Exercise): void {
    const panel = this._current.panel;
    const cell = panel && cellsOf(panel, exercise.id)[0];
    if (panel && cell) {
      void jump(panel, cell);
    }
  }
}

/** Markdown's marks for emphasis and code, taken away. */
function plain(text: string): string {
  return text.replace(/[*`]/g, '');
}
