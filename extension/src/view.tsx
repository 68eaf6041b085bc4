/** Small parts that several views share. */
import type { CommandRegistry } from '@lumino/commands';
import type { ISignal } from '@lumino/signaling';
import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { Outcome, Standing } from './api';

/** A widget that draws itself anew whenever one of some signals is emitted. */
export abstract class View extends ReactWidget {
  constructor(signals: ISignal<any, any>[]) {
    super();
    for (const signal of signals) {
      signal.connect(this._redraw, this);
    }
  }

  private _redraw(): void {
    if (!this.isDisposed) {
      this.update();
    }
  }
}

const SIGNS: { [outcome in Outcome]: string } = {
  passed: '✔',
  'not yet': '…',
  'not attempted': '○',
  error: '⚠',
  '': '○'
};

/** An outcome's sign; the words beside it say the same. */
export function Sign(props: { outcome: Outcome; title?: string }): JSX.Element {
  const kind = props.outcome.replace(' ', '-') || 'none';
  return (
    <span
      className={`labkit-Sign labkit-mod-${kind}`}
      title={props.title ?? (props.outcome || 'not begun')}
      aria-hidden="true"
    >
      {SIGNS[props.outcome]}
    </span>
  );
}

/** How far somebody is, and in what time: minutes at work once there are any, beside the plan. */
export function inWords(standing: Standing): string {
  const { words, minutes, planned } = standing;
  return `${words} · ${minutes >= 1 ? `${minutes} of ` : ''}${planned} min`;
}

/** A button for a command: its label, its key and whether it can be pressed come from there. */
export function CommandButton(props: {
  commands: CommandRegistry;
  id: string;
  children: React.ReactNode;
  label?: string;
}): JSX.Element {
  const { commands, id } = props;
  const keys = commands.keyBindings.find(binding => binding.command === id)?.keys.join(' ');
  const caption = commands.caption(id) || commands.label(id);
  return (
    <button
      className="jp-Button jp-mod-styled jp-mod-minimal labkit-Button"
      disabled={!commands.isEnabled(id)}
      aria-label={props.label ?? commands.label(id)}
      title={keys ? `${caption} (${keys})` : caption}
      onClick={() => void commands.execute(id)}
    >
      {props.children}
    </button>
  );
}

/** How much of something is done, for eyes and for screen readers. */
export function Bar(props: { done: number; of: number; label: string }): JSX.Element {
  return (
    <div
      className="labkit-Bar"
      role="progressbar"
      aria-label={props.label}
      aria-valuenow={props.done}
      aria-valuemin={0}
      aria-valuemax={props.of}
      aria-valuetext={`${props.done} of ${props.of}`}
    >
      <div style={{ width: `${props.of ? (100 * props.done) / props.of : 0}%` }} />
    </div>
  );
}
