/** What is done in a lesson's notebook: jump to a cell, run an exercise and its check, solve it. */
import { Dialog, showDialog } from '@jupyterlab/apputils';
import type { Cell, ICodeCellModel } from '@jupyterlab/cells';
import { NotebookActions, type NotebookPanel } from '@jupyterlab/notebook';

import type { Exercise, Lesson } from './api';

const WIDGET = 'application/vnd.jupyter.widget-view+json';

/** Leave of outputs whose widgets the kernel does not know, as after its end, their static form. */
export async function stillWhatIsGone(panel: NotebookPanel): Promise<void> {
  await panel.sessionContext.ready;
  const kernel = panel.sessionContext.session?.kernel;
  const reply = await kernel?.requestCommInfo({ target_name: 'jupyter.widget' });
  const known = reply && 'comms' in reply.content ? Object.keys(reply.content.comms) : [];
  still(panel, known);
}

/** Leave of each output that a widget shows its static form, where it has one, but for known ones. */
export function still(panel: NotebookPanel, known: string[] = []): void {
  const cells = panel.isDisposed ? [] : panel.content.widgets.filter(one => one.model.type === 'code');
  for (const cell of cells) {
    const outputs = (cell.model as ICodeCellModel).outputs;
    outputs.toJSON().forEach((output, number) => {
      const data = (output.data ?? {}) as { [kind: string]: any };
      if ('text/html' in data && WIDGET in data && !known.includes(data[WIDGET].model_id)) {
        const { [WIDGET]: _, ...kept } = data;
        outputs.set(number, { ...output, data: kept } as typeof output);
      }
    });
  }
}

/** Id of the exercise whose cell this is; '' for other cells. */
export function exerciseOf(cell: Cell): string {
  const built = cell.model.getMetadata('labkit') as { exercise?: string } | undefined;
  return built?.exercise ?? '';
}

/** The cells that a learner fills in for an exercise. */
export function cellsOf(panel: NotebookPanel, exercise: string): Cell[] {
  return panel.content.widgets.filter(cell => exerciseOf(cell) === exercise);
}

/** The exercise that the active cell belongs to: its own, else the last one above. */
export function exerciseInHand(panel: NotebookPanel): string {
  const { widgets, activeCellIndex } = panel.content;
  const above = widgets.slice(0, activeCellIndex + 1).reverse();
  return above.map(exerciseOf).find(id => id !== '') ?? '';
}

/** Go to a cell and select it, so that the keyboard goes on there. */
export async function jump(panel: NotebookPanel, cell: Cell): Promise<void> {
  const index = panel.content.widgets.indexOf(cell);
  panel.content.activeCellIndex = index;
  panel.content.deselectAll();
  await panel.content.scrollToItem(index, 'start');
  panel.content.activate();
}

/** The cell with which a section begins, by its id, else by its heading. */
export function sectionCell(panel: NotebookPanel, id: string, title: string): Cell | null {
  const cells = panel.content.widgets;
  const heading = (cell: Cell) =>
    cell.model.type === 'markdown' && /^#+ (.*)/.exec(cell.model.sharedModel.getSource())?.[1] === title;
  return cells.find(cell => cell.model.id === id) ?? cells.find(heading) ?? null;
}

/**
 * Run an exercise's cells as far as they are not, then its check, in the notebook where they stand.
 *
 * Returns what kept it from being checked; '' if it was.
 */
export async function check(panel: NotebookPanel, lesson: Lesson, exercise: Exercise): Promise<string> {
  const begun = await begin(panel, lesson, exercise.id);
  if (begun.trouble) {
    return begun.trouble;
  }
  const stale = cellsOf(panel, exercise.id).filter(cell => begun.anew || needsRun(cell));
  if (stale.length && !(await runCells(panel, stale)) && !onlyToDo(stale)) {
    return 'The cell stopped with an error, so nothing was checked. The error is below the cell.';
  }
  if (exercise.check.includes('answer=') && onlyToDo(cellsOf(panel, exercise.id))) {
    return 'There is no answer to check yet: your code is still to come.';
  }
  const cell = checkCell(panel, exercise) ?? insertBelow(panel, exercise.id, exercise.check);
  return (await runCells(panel, [cell])) ? '' : 'The check did not run to its end; see its cell.';
}

/** Have the exercise done in a cell of its own below: what the learner wrote stays as it is. */
export async function solve(panel: NotebookPanel, lesson: Lesson, exercise: Exercise): Promise<string> {
  const begun = await begin(panel, lesson, exercise.id);
  if (begun.trouble) {
    return begun.trouble;
  }
  const call = `lab.solve("${exercise.id}")`;
  const cell = cellWith(panel, call) ?? insertBelow(panel, exercise.id, call);
  return (await runCells(panel, [cell])) ? '' : 'The solution stopped; see its cell.';
}

/** A lesson's cells above an exercise that it may build on and that this kernel has not run. */
function neverRun(panel: NotebookPanel, lesson: Lesson, above: Cell[]): Cell[] {
  const begins = new Map<Cell, boolean>();
  for (const section of lesson.sections) {
    const cell = sectionCell(panel, section.cell, section.title);
    if (cell) {
      begins.set(cell, section.extra);
    }
  }
  let extra = false;
  return above.filter(cell => {
    extra = begins.get(cell) ?? extra;
    const own = exerciseOf(cell) !== '' || /\.(check|hint|solve|solution)\(/.test(sourceOf(cell));
    return cell.model.type === 'code' && !extra && !own && sourceOf(cell).trim() !== '' && (cell.model as ICodeCellModel).executionCount === null;
  });
}

/** How many cells of the core path below the last exercise did not run yet; the teardown is not counted. */
export function toRunBelow(panel: NotebookPanel, lesson: Lesson): number {
  const cells = panel.content.widgets;
  const core = lesson.exercises.filter(one => one.core).map(one => one.id);
  const last = cells.map(exerciseOf).reduce((found, id, at) => (core.includes(id) ? at : found), -1);
  const below = neverRun(panel, lesson, cells.slice(last + 1));
  return below.filter(cell => !sourceOf(cell).startsWith('lab.teardown(')).length;
}

function sourceOf(cell: Cell): string {
  return cell.model.sharedModel.getSource();
}

/** Whether the cells above had to be run anew, and what kept them from it. */
interface Begun {
  anew: boolean;
  trouble: string;
}

/**
 * Make sure that the kernel knows what an exercise builds on: `lab`, which one that was restarted
 * does not, and what the cells above it make.
 */
async function begin(panel: NotebookPanel, lesson: Lesson, exercise: string): Promise<Begun> {
  await panel.sessionContext.ready;
  const knows = await knowsLab(panel);
  const cells = panel.content.widgets;
  const own = cells.findIndex(cell => exerciseOf(cell) === exercise);
  const above = cells.slice(0, own < 0 ? undefined : own);
  const missing = knows ? neverRun(panel, lesson, above) : above;
  if (!missing.length) {
    return { anew: false, trouble: '' };
  }
  const without = Dialog.createButton({ label: 'Go on without', actions: ['without'] });
  const answer = await showDialog({
    title: 'Run the cells above first?',
    body: knows
      ? `${missing.length === 1 ? 'A cell' : `${missing.length} cells`} above this exercise did not run yet.`
      : 'The kernel has not run this lesson yet, or was restarted. What exists already is kept.',
    buttons: [
      Dialog.cancelButton(),
      ...(knows ? [without] : []),
      Dialog.okButton({ label: missing.length === 1 ? 'Run it' : 'Run them' })
    ]
  });
  if (answer.button.actions.includes('without')) {
    return { anew: false, trouble: '' };
  }
  if (!answer.button.accept) {
    return { anew: false, trouble: 'Nothing was run.' };
  }
  const done = await runCells(panel, missing);
  const trouble = done || (!knows && (await knowsLab(panel))) ? '' : 'A cell above stopped; its error is there.';
  return { anew: !knows, trouble };
}

async function knowsLab(panel: NotebookPanel): Promise<boolean> {
  const kernel = panel.sessionContext.session?.kernel;
  if (!kernel) {
    return false;
  }
  const asked = kernel.requestExecute({
    code: '',
    silent: true,
    store_history: false,
    user_expressions: { lab: 'lab.check' }
  });
  const reply = await asked.done;
  const found = 'user_expressions' in reply.content ? reply.content.user_expressions : {};
  return (found as { lab?: { status: string } }).lab?.status === 'ok';
}

/** Run cells, the kernel being asked for in the usual way where there is none. */
function runCells(panel: NotebookPanel, cells: Cell[]): Promise<boolean> {
  return NotebookActions.runCells(panel.content, cells, panel.sessionContext);
}

/** Whether a cell was changed since it ran, or did not run in this kernel. */
function needsRun(cell: Cell): boolean {
  const model = cell.model as ICodeCellModel;
  return model.isDirty || model.executionCount === null;
}

/** Whether a cell stopped over nothing but `lab.todo`: then the check says what to do. */
function onlyToDo(cells: Cell[]): boolean {
  return cells.some(cell =>
    (cell.model as ICodeCellModel).outputs
      .toJSON()
      .some(output => output.output_type === 'error' && output.ename === 'NotAttempted')
  );
}

/** The learner's own cell that checks the exercise, answers included. */
function checkCell(panel: NotebookPanel, exercise: Exercise): Cell | null {
  return cellWith(panel, `lab.check("${exercise.id}"`);
}

function cellWith(panel: NotebookPanel, call: string): Cell | null {
  const calls = (cell: Cell) =>
    cell.model.type === 'code' && cell.model.sharedModel.getSource().trimStart().startsWith(call);
  return panel.content.widgets.find(calls) ?? null;
}

/** Put a cell below an exercise's last one, or at the end of the notebook. */
function insertBelow(panel: NotebookPanel, exercise: string, source: string): Cell {
  const own = cellsOf(panel, exercise).at(-1);
  const last = panel.content.widgets.length;
  const index = own ? panel.content.widgets.indexOf(own) + 1 : last;
  panel.content.model!.sharedModel.insertCell(index, { cell_type: 'code', source });
  return panel.content.widgets[index];
}
