/** Whether lessons can run here: where they run, and what the doctor found. */
import * as React from 'react';

import type { Finding, State } from './api';
import type { Actions } from './commands';

/** Target, account and Region in one line. */
export function whereInWords(environment: State['environment']): string {
  const { target, account, region } = environment;
  const place = target === 'local' ? 'local sandbox' : `target ${target}`;
  return [place, account && `account ${account}`, region].filter(Boolean).join(' · ');
}

export function Environment(props: { state: State; trouble: string; actions: Actions }): JSX.Element {
  const { environment, doctor } = props.state;
  const findings = doctor.result?.findings ?? [];
  const fine = findings.filter(one => one.verdict === 'fine');
  const others = findings.filter(one => one.verdict !== 'fine');
  const problems = others.filter(one => one.verdict === 'problem');
  return (
    <section aria-label="Environment">
      <h3>Environment</h3>
      <p>{whereInWords(environment)}</p>
      {environment.ended && (
        <p className="labkit-Trouble">
          ⚠ The sandbox has ended, and everything in it. Stop JupyterLab and start it again with{' '}
          <code>make lab</code>; your notebooks and your progress are kept.
        </p>
      )}
      {props.trouble && (
        <p className="labkit-Trouble">⚠ JupyterLab’s server does not answer: {props.trouble}</p>
      )}
      {doctor.error && <p className="labkit-Trouble">⚠ The doctor could not look: {doctor.error}</p>}
      {problems.map(one => (
        <FindingView key={one.about} finding={one} />
      ))}
      <details>
        <summary>{summary(doctor.running, problems.length, others.length - problems.length)}</summary>
        {[...others.filter(one => one.verdict === 'warning'), ...fine].map(one => (
          <FindingView key={one.about} finding={one} />
        ))}
        <button
          className="jp-Button jp-mod-styled labkit-Button"
          disabled={doctor.running}
          onClick={() => void props.actions.look()}
        >
          Look again
        </button>
      </details>
    </section>
  );
}

function summary(running: boolean, problems: number, warnings: number): string {
  if (running) {
    return 'labkit doctor is looking…';
  }
  const noted = warnings === 1 ? '1 thing to know' : `${warnings} things to know`;
  const verdict = problems ? '⚠ Lessons will not run yet' : '✔ Lessons can run';
  return warnings ? `${verdict}, ${noted}` : verdict;
}

function FindingView(props: { finding: Finding }): JSX.Element {
  const { about, verdict, found, remedy } = props.finding;
  return (
    <p className={verdict === 'problem' ? 'labkit-Trouble' : undefined}>
      {verdict === 'fine' ? '✔' : '⚠'} <strong>{about}</strong> {found}
      {remedy && <span className="labkit-Quiet"> → {remedy}</span>}
    </p>
  );
}
