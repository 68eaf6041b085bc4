/** The icons of the two sidebars; JupyterLab colours them as the theme has it. */
import { LabIcon } from '@jupyterlab/ui-components';

const drawn = (shape: string) =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24"><path class="jp-icon3 jp-icon-selectable" fill="#616161" d="${shape}"/></svg>`;

/** A list whose first point is done. */
export const courseIcon = new LabIcon({
  name: 'labkit:course',
  svgstr: drawn('M3 6.5 5 8.5 9 4.5 7.9 3.4 5 6.3 4.1 5.4zM11 5h10v2H11zM4 11h4v2H4zM11 11h10v2H11zM4 17h4v2H4zM11 17h10v2H11z')
});

/** A flask. */
export const lessonIcon = new LabIcon({
  name: 'labkit:lesson',
  svgstr: drawn('M8 2h8v2h-1v5.2l5.3 9.3A2.3 2.3 0 0 1 18.3 22H5.7a2.3 2.3 0 0 1-2-3.5L9 9.2V4H8zM11 4v5.7L8 15h8l-3-5.3V4z')
});
