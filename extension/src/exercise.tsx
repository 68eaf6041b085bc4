/** An exercise's buttons and result; beside the lesson, and below the exercise's own cell. */
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { MimeModel } from '@jupyterlab/rendermime';
import type { CommandRegistry } from '@lumino/commands';
import * as React from 'react';

import type { Exercise, Result } from './api';
import { type Actions, Commands } from './commands';

export interface ExerciseProps {
  exercise: Exercise;
  result: Result | undefined;
  actions: Actions;
  commands: CommandRegistry;
  rendermime: IRenderMimeRegistry;
}

/** Check, Hint and, beside the lesson, Solve. */
export function ExerciseButtons(props: ExerciseProps & { solve: boolean }): JSX.Element {
  const { exercise, result, actions } = props;
  const busy = actions.busy.get(exercise.id);
  const [shown, all] = [result?.hints.length ?? 0, exercise.hints.length];
  const hint = shown < all ? `Hint ${shown + 1} of ${all}` : 'No more hints';
  const button = (what: string, label: string, text: string, disabled: boolean) => (
    <button
      className="jp-Button jp-mod-styled labkit-Button"
      aria-label={`${label}: ${exercise.title}`}
      aria-busy={busy !== undefined}
      disabled={disabled}
      onClick={() => void props.commands.execute(what, { exercise: exercise.id })}
    >
      {text}
    </button>
  );
  return (
    <span className="labkit-Buttons">
      {button(Commands.check, 'Check', busy === 'check' ? 'Checking…' : 'Check', Boolean(busy))}
      {all > 0 && button(Commands.hint, hint, hint, shown >= all)}
      {props.solve &&
        button(Commands.solve, 'Solve', busy === 'solve' ? 'Solving…' : 'Solve', Boolean(busy))}
    </span>
  );
}

/** What the last check said, what kept a check from being made, and the hints so far: folded once it passed. */
export function ExerciseResult(props: ExerciseProps & { brief?: boolean }): JSX.Element {
  const { exercise, result, actions, rendermime } = props;
  const trouble = actions.trouble(exercise.id, result);
  const rows = props.brief ? [] : (result?.rows ?? []);
  const hints = result?.hints ?? [];
  const list = (
    <ol className="labkit-Hints" aria-label={`Hints: ${exercise.title}`}>
      {hints.map((text, number) => (
        <li key={number}>
          <Markdown source={text} rendermime={rendermime} />
        </li>
      ))}
    </ol>
  );
  return (
    <>
      <div role="status">
        {trouble && <p className="labkit-Trouble">{trouble}</p>}
        {rows.length > 0 && (
          <dl className="labkit-Rows">
            {rows.map(([label, text]) => (
              <React.Fragment key={label}>
                <dt>{label}</dt>
                <dd>{inCode(text)}</dd>
              </React.Fragment>
            ))}
          </dl>
        )}
      </div>
      {hints.length > 0 &&
        (result?.outcome === 'passed' ? (
          <details>
            <summary>{hints.length === 1 ? 'The hint' : `The ${hints.length} hints`}</summary>
            {list}
          </details>
        ) : (
          list
        ))}
    </>
  );
}

/** A check's words, with code where Markdown has it. */
function inCode(text: string): React.ReactNode[] {
  return text.split(/`([^`]+)`/).map((part, at) => (at % 2 ? <code key={at}>{part}</code> : part));
}

/** Markdown, rendered as the notebook renders it. */
function Markdown(props: { source: string; rendermime: IRenderMimeRegistry }): JSX.Element {
  const place = React.useRef<HTMLDivElement>(null);
  React.useEffect(() => {
    const renderer = props.rendermime.createRenderer('text/markdown');
    const model = new MimeModel({ data: { 'text/markdown': props.source }, trusted: false });
    void renderer.renderModel(model).then(() => place.current?.replaceChildren(renderer.node));
    return () => renderer.dispose();
  }, [props.source, props.rendermime]);
  return <div ref={place} />;
}
