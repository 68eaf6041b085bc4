/** In the status bar: where lessons run. */
import type { CommandRegistry } from '@lumino/commands';
import * as React from 'react';

import { Commands } from './commands';
import type { CurrentLesson } from './current';
import { whereInWords } from './environment';
import type { CourseModel } from './model';
import { View } from './view';

export class WhereItem extends View {
  constructor(
    private _commands: CommandRegistry,
    private _model: CourseModel,
    private _current: CurrentLesson
  ) {
    super([_current.changed]);
    this.addClass('jp-mod-highlighted');
  }

  protected render(): JSX.Element | null {
    const state = this._model.state;
    if (!state) {
      return null;
    }
    const [run] = this._model.runs(this._current.lesson);
    const ours = run && run.lesson === this._current.lesson?.slug ? run : null;
    const words = whereInWords({ ...state.environment, ...(ours && about(ours)) });
    const ended = state.environment.ended && !ours;
    return (
      <button
        className="labkit-Where"
        title={`Lessons run here: ${words}`}
        onClick={() => void this._commands.execute(Commands.showLesson)}
      >
        {ended ? '⚠ the sandbox has ended' : words}
      </button>
    );
  }
}

function about(run: { target: string; account: string; region: string }) {
  return { target: run.target, account: run.account, region: run.region };
}
