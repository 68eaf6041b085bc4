"use strict";(self.rspackChunklabkit=self.rspackChunklabkit||[]).push([[1],{25(e,r,t){var o=t(23),a=t.n(o),i=t(24),n=(t.n(i))()(a());n.push([e.id,`/* JupyterLab's own colours and sizes throughout, so that every theme fits. */

.labkit-Sidebar {
  background: var(--jp-layout-color1);
  color: var(--jp-ui-font-color1);
  font-family: var(--jp-ui-font-family);
  font-size: var(--jp-ui-font-size1);
  line-height: 1.4;
  min-width: 200px;
  overflow-y: auto;
  padding: 8px 10px;
}

#labkit-course.labkit-Sidebar {
  display: flex;
  flex-direction: column;
  overflow: hidden;
  padding: 0;
}

#labkit-course > header,
#labkit-course > footer,
#labkit-course > p {
  flex: none;
  margin: 0;
  padding: 8px 10px;
}

#labkit-course > nav {
  flex: 1;
  overflow-y: auto;
  padding: 0 10px;
}

#labkit-course > footer {
  border-top: var(--jp-border-width) solid var(--jp-border-color2);
  display: flex;
  flex-wrap: wrap;
  justify-content: space-between;
  padding: 4px 2px;
}

.labkit-Sidebar h2 {
  font-size: var(--jp-ui-font-size2);
  font-weight: 600;
  margin: 0 0 2px;
}

.labkit-Sidebar h3 {
  display: inline-block;
  font-size: var(--jp-ui-font-size1);
  font-weight: 600;
  margin: 12px 0 4px;
}

.labkit-Sidebar h4 {
  margin: 0;
}

.labkit-Sidebar p,
.labkit-CellBar p {
  margin: 4px 0;
}

.labkit-Sidebar ol,
.labkit-Sidebar ul {
  margin: 0;
  padding: 0;
}

.labkit-Sidebar ol {
  list-style: none;
}

.labkit-Sidebar ul {
  padding-left: 16px;
}

.labkit-Sidebar summary {
  border-radius: var(--jp-border-radius);
  cursor: pointer;
}

/* JupyterLab's own rule for code is as strong as one class and one name. */
.labkit-Sidebar.lm-Widget code {
  font-family: var(--jp-code-font-family);
  font-size: 0.92em;
  overflow-wrap: anywhere;
}

.labkit-Sidebar dd,
.labkit-Sidebar p,
.labkit-Sidebar li {
  overflow-wrap: break-word;
}

.labkit-Quiet {
  color: var(--jp-ui-font-color2);
  font-size: var(--jp-ui-font-size0);
}

.labkit-Row {
  align-items: baseline;
  background: none;
  border: none;
  border-radius: var(--jp-border-radius);
  color: inherit;
  cursor: pointer;
  display: grid;
  font: inherit;
  grid-template-columns: 16px 1fr auto;
  padding: 4px 6px;
  text-align: left;
  width: 100%;
}

.labkit-Row > .labkit-Quiet {
  grid-column: 2 / 4;
}

.labkit-Row:hover {
  background: var(--jp-layout-color2);
}

.labkit-Row:focus-visible,
.labkit-Sidebar summary:focus-visible,
.labkit-Search.jp-mod-styled:focus-visible,
.labkit-Where:focus-visible,
.labkit-CellBar summary:focus-visible,
.labkit-Button:focus-visible {
  outline: 2px solid var(--jp-brand-color1);
  outline-offset: -1px;
}

.labkit-mod-open > .labkit-Row {
  background: var(--jp-layout-color2);
  box-shadow: inset 3px 0 var(--jp-brand-color1);
  font-weight: 600;
}

.labkit-mod-open > .labkit-Row > .labkit-Quiet {
  font-weight: normal;
}

/* Quiet text has too little contrast to a shaded row. */
.labkit-Row:hover > .labkit-Quiet,
.labkit-mod-open > .labkit-Row > .labkit-Quiet,
.labkit-mod-open > .labkit-Row > .labkit-Sign:not(.labkit-mod-passed, .labkit-mod-error) {
  color: var(--jp-ui-font-color1);
}

.labkit-Search.jp-mod-styled {
  background: var(--jp-input-background);
  border: var(--jp-border-width) solid var(--jp-border-color0);
  border-radius: var(--jp-border-radius);
  box-sizing: border-box;
  color: var(--jp-ui-font-color0);
  font: inherit;
  height: 28px;
  padding: 0 8px;
  width: 100%;
}

.labkit-Search::placeholder {
  color: var(--jp-ui-font-color2);
  opacity: 1;
}

#labkit-course li > ol {
  border-left: var(--jp-border-width) solid var(--jp-border-color2);
  margin: 2px 0 6px 13px;
}

#labkit-course li > ol .labkit-Row {
  grid-template-columns: 1fr auto auto;
  column-gap: 6px;
}

#labkit-course li > ol .labkit-Row > .labkit-Quiet {
  grid-column: 3;
  white-space: nowrap;
}

.labkit-Badge {
  border: var(--jp-border-width) solid var(--jp-border-color1);
  border-radius: 8px;
  color: var(--jp-ui-font-color2);
  font-size: var(--jp-ui-font-size0);
  font-weight: normal;
  padding: 0 6px;
}

.labkit-Bar {
  background: var(--jp-layout-color2);
  border-radius: 3px;
  height: 6px;
  margin: 4px 0 8px;
  overflow: hidden;
}

.labkit-Bar > div {
  background: var(--jp-success-color1);
  height: 100%;
}

.labkit-Sign {
  color: var(--jp-ui-font-color2);
}

/* Colour is a mark beside the words, which keep the theme's own contrast. */
.labkit-Sign.labkit-mod-passed {
  color: var(--jp-success-color0, var(--jp-success-color1));
}

[data-jp-theme-light='false'] .labkit-Sign.labkit-mod-passed {
  color: var(--jp-success-color1);
}

.labkit-Sign.labkit-mod-error {
  color: var(--jp-error-color1);
}

.labkit-Good,
.labkit-Trouble {
  border-left: 3px solid var(--jp-success-color1);
  padding-left: 8px;
}

.labkit-Trouble {
  border-left-color: var(--jp-error-color1);
  white-space: pre-wrap;
}

.labkit-Buttons {
  display: inline-flex;
  flex-wrap: wrap;
  gap: 4px;
}

.labkit-Button.jp-mod-styled {
  letter-spacing: normal;
  font-size: var(--jp-ui-font-size1);
  height: 24px;
  line-height: 22px;
  padding: 0 8px;
}

/* Three stand in one row beside a scroll bar, too. */
.labkit-Exercises .labkit-Button.jp-mod-styled {
  padding: 0 5px;
}

.labkit-Button.jp-mod-styled:disabled {
  cursor: default;
  opacity: 0.6;
}

.labkit-Exercises > li {
  border-bottom: var(--jp-border-width) solid var(--jp-border-color2);
  padding: 2px 0 8px;
}

.labkit-Exercises .labkit-Buttons,
.labkit-Exercises .labkit-Rows,
.labkit-Exercises p {
  margin-left: 22px;
}

.labkit-Rows {
  display: grid;
  font-size: var(--jp-ui-font-size0);
  gap: 2px 8px;
  grid-template-columns: max-content minmax(0, 1fr);
  margin-bottom: 0;
  margin-top: 6px;
}

.labkit-Rows dt {
  color: var(--jp-ui-font-color2);
}

.labkit-Rows dd {
  margin: 0;
}

.labkit-Hints {
  list-style: none;
  margin: 6px 0 0;
  padding: 0;
}

.labkit-Hints li {
  border-left: 3px solid var(--jp-info-color1);
  margin: 4px 0;
  padding: 2px 0 2px 8px;
}

.labkit-Exercises .labkit-Hints,
.labkit-Exercises summary {
  margin-left: 22px;
}

.labkit-Hints pre {
  overflow-x: auto;
}

.labkit-Hints .jp-RenderedMarkdown,
.labkit-Hints .jp-RenderedHTMLCommon {
  color: inherit;
  font-size: var(--jp-ui-font-size1);
  padding: 0;
}

.labkit-Hints .jp-RenderedHTMLCommon p {
  margin: 0;
}

.labkit-Held code {
  display: block;
}

.labkit-Run {
  border-left: 3px solid var(--jp-border-color1);
  margin: 4px 0 8px;
  padding-left: 8px;
}

/* JupyterLab's status bar runs over a narrow window's edge: where lessons run and the kernel's name give way. */
#jp-main-statusbar > .lm-Panel {
  min-width: 0;
}

#jp-main-statusbar .jp-StatusBar-Item {
  flex: none;
}

#jp-main-statusbar .jp-StatusBar-Item:has(.labkit-Where, [title^='Change kernel']) {
  flex: 0 1 auto;
  min-width: 32px;
  overflow: hidden;
}

#jp-main-statusbar :is(.labkit-Where, [title^='Change kernel']) {
  max-width: 100%;
  overflow: hidden;
  text-overflow: ellipsis;
  white-space: nowrap;
}

.labkit-Where {
  background: none;
  border: none;
  color: inherit;
  cursor: pointer;
  font: inherit;
  height: 100%;
  line-height: inherit;
  padding: 0 4px;
}
`,""]),t.d(r,{},{A:n})},26(e,r,t){var o=t(23),a=t.n(o),i=t(24),n=(t.n(i))()(a());n.push([e.id,`/* What stands in a notebook: below an exercise's cell, above all cells, and in outputs. */

.labkit-CellBar {
  color: var(--jp-ui-font-color1);
  font-family: var(--jp-ui-font-family);
  font-size: var(--jp-ui-font-size1);
  padding: 4px 0 4px calc(var(--jp-cell-prompt-width) + var(--jp-cell-collapser-width));
}

.labkit-CellBar .labkit-Outcome {
  margin-left: 10px;
}

.labkit-Card,
.labkit-Note {
  align-items: center;
  background: var(--jp-layout-color2);
  border-bottom: var(--jp-border-width) solid var(--jp-border-color2);
  color: var(--jp-ui-font-color1);
  display: flex;
  flex-wrap: wrap;
  font-size: var(--jp-ui-font-size1);
  gap: 4px 8px;
  padding: 6px 12px;
}

.labkit-Card {
  border-left: 4px solid var(--jp-success-color1);
  padding-right: 40px;
  position: relative;
}

.labkit-Card > .labkit-Close.jp-mod-styled {
  position: absolute;
  right: 8px;
  top: 4px;
}

.labkit-CellBar code {
  overflow-wrap: anywhere;
}

.labkit-CellBar summary {
  cursor: pointer;
}

/* JupyterLab breaks lines of output within words, and drawings in Markdown where they are too wide. */
body .jp-OutputArea-output pre {
  overflow-wrap: anywhere;
  word-break: normal;
}

body .jp-RenderedMarkdown pre {
  overflow-x: auto;
  white-space: pre;
}

/* JupyterLab's colours for errors are made for white; on its red grounds, one has a contrast of 1.5 to 1, others of 3. */
[data-jp-theme-light='true'] .jp-RenderedText[data-mime-type='application/vnd.jupyter.stderr'] .ansi-yellow-fg {
  color: #7a5200;
}

[data-jp-theme-light='true'] .jp-RenderedText[data-mime-type='application/vnd.jupyter.stderr'] .ansi-green-fg {
  color: #006b35;
}

[data-jp-theme-light='true'] .jp-RenderedText[data-mime-type='application/vnd.jupyter.stderr'] .ansi-cyan-fg {
  color: #00627a;
}

[data-jp-theme-light='true'] .jp-RenderedText[data-mime-type='application/vnd.jupyter.stderr'] .ansi-red-fg {
  color: #b3261e;
}

[data-jp-theme-light='false'] .jp-RenderedText[data-mime-type='application/vnd.jupyter.stderr'] .ansi-green-fg {
  color: #4cc38a;
}

[data-jp-theme-light='false'] .jp-RenderedText[data-mime-type='application/vnd.jupyter.stderr'] .ansi-red-fg {
  color: #ff8f88;
}
`,""]),t.d(r,{},{A:n})},22(e,r,t){var o=t(23),a=t.n(o),i=t(24),n=t.n(i),l=t(25),p=t(26),d=n()(a());d.i(l.A),d.i(p.A),d.push([e.id,`
`,""]),t.d(r,{},{A:d})},24(e){e.exports=function(e){var r=[];return r.toString=function(){return this.map(function(r){var t="",o=void 0!==r[5];return r[4]&&(t+="@supports (".concat(r[4],") {")),r[2]&&(t+="@media ".concat(r[2]," {")),o&&(t+="@layer".concat(r[5].length>0?" ".concat(r[5]):""," {")),t+=e(r),o&&(t+="}"),r[2]&&(t+="}"),r[4]&&(t+="}"),t}).join("")},r.i=function(e,t,o,a,i){"string"==typeof e&&(e=[[null,e,void 0]]);var n={};if(o)for(var l=0;l<this.length;l++){var p=this[l][0];null!=p&&(n[p]=!0)}for(var d=0;d<e.length;d++){var s=[].concat(e[d]);o&&n[s[0]]||(void 0!==i&&(void 0===s[5]||(s[1]="@layer".concat(s[5].length>0?" ".concat(s[5]):""," {").concat(s[1],"}")),s[5]=i),t&&(s[2]&&(s[1]="@media ".concat(s[2]," {").concat(s[1],"}")),s[2]=t),a&&(s[4]?(s[1]="@supports (".concat(s[4],") {").concat(s[1],"}"),s[4]=a):s[4]="".concat(a)),r.push(s))}},r}},23(e){e.exports=function(e){return e[1]}},15(e,r,t){t.r(r);var o=t(16),a=t.n(o),i=t(17),n=t.n(i),l=t(18),p=t.n(l),d=t(19),s=t.n(d),c=t(20),u=t.n(c),b=t(21),f=t.n(b),m=t(22),h={};h.styleTagTransform=f(),h.setAttributes=s(),h.insert=p().bind(null,"head"),h.domAPI=n(),h.insertStyleElement=u(),a()(m.A,h);let k=m.A&&m.A.locals?m.A.locals:void 0;t.d(r,{},{default:k})},16(e){var r=[];function t(e){for(var t=-1,o=0;o<r.length;o++)if(r[o].identifier===e){t=o;break}return t}function o(e,o){for(var a={},i=[],n=0;n<e.length;n++){var l=e[n],p=o.base?l[0]+o.base:l[0],d=a[p]||0,s="".concat(p," ").concat(d);a[p]=d+1;var c=t(s),u={css:l[1],media:l[2],sourceMap:l[3],supports:l[4],layer:l[5]};if(-1!==c)r[c].references++,r[c].updater(u);else{var b=function(e,r){var t=r.domAPI(r);return t.update(e),function(r){r?(r.css!==e.css||r.media!==e.media||r.sourceMap!==e.sourceMap||r.supports!==e.supports||r.layer!==e.layer)&&t.update(e=r):t.remove()}}(u,o);o.byIndex=n,r.splice(n,0,{identifier:s,updater:b,references:1})}i.push(s)}return i}e.exports=function(e,a){var i=o(e=e||[],a=a||{});return function(e){e=e||[];for(var n=0;n<i.length;n++){var l=t(i[n]);r[l].references--}for(var p=o(e,a),d=0;d<i.length;d++){var s=t(i[d]);0===r[s].references&&(r[s].updater(),r.splice(s,1))}i=p}}},18(e){var r={};e.exports=function(e,t){var o=function(e){if(void 0===r[e]){var t=document.querySelector(e);if(window.HTMLIFrameElement&&t instanceof window.HTMLIFrameElement)try{t=t.contentDocument.head}catch(e){t=null}r[e]=t}return r[e]}(e);if(!o)throw Error("Couldn't find a style target. This probably means that the value for the 'insert' parameter is invalid.");o.appendChild(t)}},20(e){e.exports=function(e){var r=document.createElement("style");return e.setAttributes(r,e.attributes),e.insert(r,e.options),r}},19(e,r,t){e.exports=function(e){var r=t.nc;r&&e.setAttribute("nonce",r)}},17(e){e.exports=function(e){if("u"<typeof document)return{update:function(){},remove:function(){}};var r=e.insertStyleElement(e);return{update:function(t){var o,a,i;o="",t.supports&&(o+="@supports (".concat(t.supports,") {")),t.media&&(o+="@media ".concat(t.media," {")),(a=void 0!==t.layer)&&(o+="@layer".concat(t.layer.length>0?" ".concat(t.layer):""," {")),o+=t.css,a&&(o+="}"),t.media&&(o+="}"),t.supports&&(o+="}"),(i=t.sourceMap)&&"u">typeof btoa&&(o+="\n/*# sourceMappingURL=data:application/json;base64,".concat(btoa(unescape(encodeURIComponent(JSON.stringify(i))))," */")),e.styleTagTransform(o,r,e.options)},remove:function(){var e;null===(e=r).parentNode||e.parentNode.removeChild(e)}}}},21(e){e.exports=function(e,r){if(r.styleSheet)r.styleSheet.cssText=e;else{for(;r.firstChild;)r.removeChild(r.firstChild);r.appendChild(document.createTextNode(e))}}}}]);