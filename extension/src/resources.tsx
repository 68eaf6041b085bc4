/** What runs hold and cost, and the button that tears one down, with what came of it. */
import * as React from 'react';

import type { Held, Job, Report, Run } from './api';
import type { Actions } from './commands';

export interface ResourcesProps {
  runs: Run[];
  /** Slug of the open lesson. */
  lesson: string;
  teardowns: { [run: string]: Job<Report[]> };
  /** How many runs ended with their sandbox. */
  ended: number;
  actions: Actions;
}

export function Resources(props: ResourcesProps): JSX.Element {
  const ours = props.runs.filter(run => run.lesson === props.lesson);
  const others = props.runs.filter(run => run.lesson !== props.lesson);
  const done = Object.entries(props.teardowns).filter(([id]) => !props.runs.some(run => run.id === id));
  const draw = (run: Run) => (
    <RunView key={run.id} run={run} teardown={props.teardowns[run.id]} actions={props.actions} />
  );
  return (
    <section aria-label="Resources and cost">
      <h3>Resources and cost</h3>
      {ours.map(draw)}
      {ours.length === 0 && <p>Nothing of this lesson is there.</p>}
      <div role="status">{done.slice(-2).map(([id, job]) => <Outcome key={id} job={job} />)}</div>
      {others.length > 0 && (
        <details>
          <summary>
            {others.length === 1 ? '1 other run' : `${others.length} other runs`} not torn down
          </summary>
          {others.map(draw)}
        </details>
      )}
      {props.ended > 0 && (
        <p className="labkit-Quiet">
          {props.ended === 1 ? '1 earlier run' : `${props.ended} earlier runs`} ended with the sandbox,
          and everything in it.
        </p>
      )}
    </section>
  );
}

function RunView(props: { run: Run; teardown?: Job<Report[]>; actions: Actions }): JSX.Element {
  const { run, teardown } = props;
  const running = teardown?.running ?? false;
  const where = run.target === 'local' ? 'in the sandbox' : `in account ${run.account}`;
  const since = new Date(run.since).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  return (
    <div className="labkit-Run" data-run={run.id}>
      <p>
        <strong>{run.lesson}</strong>
        {whose(run)} {where} since {since}: {run.words}.
      </p>
      <p className="labkit-Cost" title={run.cost}>
        {run.by_the_hour
          ? `${run.target === 'local' ? 'Would have cost' : 'Costs'} USD ${run.usd.toFixed(2)} by the ` +
            `hour so far; USD ${run.usd_a_month.toFixed(2)} if forgotten for a month.`
          : 'Nothing of it is billed by the hour.'}
      </p>
      {run.held.length > 0 && (
        <details>
          <summary>What exists</summary>
          <ul className="labkit-Held">{run.held.map((one, number) => <HeldView key={number} held={one} />)}</ul>
          <p className="labkit-Quiet">{run.promise}</p>
        </details>
      )}
      <TearDown run={run} running={running} actions={props.actions} />
      {!running && teardown && <Outcome job={teardown} />}
    </div>
  );
}

/** What is said beside the lesson's name of a run that is not the learner's own work. */
function whose(run: Run): string {
  return run.edition ? ' (solved edition)' : '';
}

/** The kind, and the end of the name: its beginning is the same for the whole run. */
function HeldView(props: { held: Held }): JSX.Element {
  const { kind, name, state, beside } = props.held;
  return (
    <li title={name}>
      {kind} <code>{name}</code>
      {beside && <span className="labkit-Quiet"> made by AWS</span>}
      {state === 'maybe' && <span className="labkit-Quiet"> may exist: the call was not answered</span>}
      {state === 'deleting' && <span className="labkit-Quiet"> being deleted</span>}
    </li>
  );
}

/** One button, and a question in its place: what it does cannot be undone. */
function TearDown(props: { run: Run; running: boolean; actions: Actions }): JSX.Element {
  const [asked, ask] = React.useState(false);
  const kept = React.useRef(false);
  const { run, running, actions } = props;
  /** Who has said no is where the question was asked. */
  const back = (button: HTMLButtonElement | null) => {
    if (button && kept.current) {
      kept.current = false;
      button.focus();
    }
  };
  if (asked && !running) {
    return (
      <span className="labkit-Buttons" role="group" aria-label={`Tear down ${run.lesson}?`}>
        <button
          className="jp-Button jp-mod-styled jp-mod-warn labkit-Button"
          autoFocus
          onClick={() => {
            ask(false);
            void actions.tearDown(run.id);
          }}
        >
          Yes, delete all of it
        </button>
        <button
          className="jp-Button jp-mod-styled labkit-Button"
          onClick={() => {
            kept.current = true;
            ask(false);
          }}
        >
          No, keep it
        </button>
      </span>
    );
  }
  return (
    <span className="labkit-Buttons">
      <button
        ref={back}
        className="jp-Button jp-mod-styled labkit-Button"
        aria-label={`Tear down ${run.lesson}${whose(run)}`}
        disabled={running}
        onClick={() => ask(true)}
      >
        {running ? 'Tearing down…' : 'Tear down…'}
      </button>
    </span>
  );
}

function Outcome(props: { job: Job<Report[]> }): JSX.Element {
  const { error, result, running } = props.job;
  if (running) {
    return <p>Counting what is left…</p>;
  }
  if (error) {
    return (
      <p className="labkit-Trouble">
        ⚠ {error} Tear it down again: it goes on where it stopped.
      </p>
    );
  }
  return (
    <>
      {(result ?? []).map(report => (
        <div key={report.run_id} className={report.clean ? 'labkit-Good' : 'labkit-Trouble'}>
          <p>
            {report.clean ? '✔' : '⚠'} {report.summary}
          </p>
          {!report.clean && (
            <ul>
              {report.items
                .filter(item => item.outcome !== 'gone')
                .map(item => (
                  <li key={item.kind + item.id}>
                    {item.kind} {item.name || item.id}: {item.outcome}, {item.why}
                  </li>
                ))}
            </ul>
          )}
        </div>
      ))}
    </>
  );
}
