/** What the server says of the course, and how it is asked. labkit/course/server/ is the other side. */
import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

export interface Section {
  title: string;
  extra: boolean;
  minutes: number;
  /** Id of the cell that it begins with. */
  cell: string;
}

export interface Exercise {
  id: string;
  title: string;
  minutes: number;
  core: boolean;
  hints: string[];
  /** The line of code that checks it. */
  check: string;
}

export interface Lesson {
  name: string;
  number: string;
  slug: string;
  title: string;
  day: number;
  block: string;
  minutes: number;
  extra: number;
  question: string;
  goals: string[];
  creates: string[];
  cost: string;
  sections: Section[];
  exercises: Exercise[];
  /** JupyterLab's paths of the learner's copy, the solved edition and the course's own. */
  path: string | null;
  solved: string | null;
  edition: string | null;
}

export type Outcome = '' | 'passed' | 'not yet' | 'not attempted' | 'error';

export interface Result {
  outcome: Outcome;
  heading: string;
  rows: [string, string][];
  at: string;
  /** Whether a check has ever passed. */
  passed: boolean;
  /** The hints that were asked for. */
  hints: string[];
}

export interface Standing {
  solved: number;
  exercises: number;
  begun: boolean;
  done: boolean;
  minutes: number;
  planned: number;
  extra: number;
  words: string;
  time: string;
  results: { [exercise: string]: Result };
}

export interface Held {
  kind: string;
  name: string;
  state: string;
  beside: boolean;
}

export interface Run {
  id: string;
  lesson: string;
  edition: string | null;
  target: string;
  account: string;
  region: string;
  since: string;
  ended: boolean;
  held: Held[];
  words: string;
  /** Whether anything of it is billed by the hour, as far as is known. */
  by_the_hour: boolean;
  usd: number;
  usd_a_month: number;
  cost: string;
  promise: string;
}

export interface Job<T> {
  running: boolean;
  result: T | null;
  error: string;
  at: string;
}

export interface Report {
  run_id: string;
  lesson: string;
  clean: boolean;
  summary: string;
  items: { kind: string; name: string; id: string; outcome: string; why: string }[];
  left: { kind: string; name: string; id: string; why: string }[];
}

export interface Finding {
  about: string;
  verdict: 'fine' | 'warning' | 'problem';
  found: string;
  remedy: string;
}

export interface State {
  version: number;
  next: string | null;
  lessons: { [slug: string]: Standing };
  runs: Run[];
  teardowns: { [run: string]: Job<Report[]> };
  environment: { target: string; account: string; region: string; ended: boolean };
  doctor: Job<{ healthy: boolean; findings: Finding[] }>;
  /** Where a hand is raised; null where there is no class. */
  classroom: { hand: string; raised: boolean } | null;
}

/** Ask the server, and return its answer. */
export async function ask<T>(path: string, body?: unknown): Promise<T> {
  const settings = ServerConnection.makeSettings();
  const url = URLExt.join(settings.baseUrl, path);
  const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
  const response = await ServerConnection.makeRequest(url, init, settings);
  if (!response.ok) {
    throw await ServerConnection.ResponseError.create(response);
  }
  return (await response.json()) as T;
}
