"use strict";(self.rspackChunklabkit=self.rspackChunklabkit||[]).push([[1],{25(r,e,o){var t=o(23),a=o.n(t),i=o(24),l=(o.n(i))()(a());l.push([r.id,`/* JupyterLab's own colours and sizes throughout, so that every theme fits. */

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

.labkit-Sidebar code {
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
`,""]),o.d(e,{},{A:l})},26(r,e,o){var t=o(23),a=o.n(t),i=o(24),l=(o.n(i))()(a());l.push([r.id,`/* What stands in a notebook: below an exercise's cell, above all cells, and in outputs. */

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
`,""]),o.d(e,{},{A:l})},22(r,e,o){var t=o(23),a=o.n(t),i=o(24),l=o.n(i),n=o(25),s=o(26),p=l()(a());p.i(n.A),p.i(s.A),p.push([r.id,`
`,""]),o.d(e,{},{A:p})},24(r){r.exports=function(r){var e=[];return e.toString=function(){return this.map(function(e){var o="",t=void 0!==e[5];return e[4]&&(o+="@supports (".concat(e[4],") {")),e[2]&&(o+="@media ".concat(e[2]," {")),t&&(o+="@layer".concat(e[5].length>0?" ".concat(e[5]):""," {")),o+=r(e),t&&(o+="}"),e[2]&&(o+="}"),e[4]&&(o+="}"),o}).join("")},e.i=function(r,o,t,a,i){"string"==typeof r&&(r=[[null,r,void 0]]);var l={};if(t)for(var n=0;n<this.length;n++){var s=this[n][0];null!=s&&(l[s]=!0)}for(var p=0;p<r.length;p++){var d=[].concat(r[p]);t&&l[d[0]]||(void 0!==i&&(void 0===d[5]||(d[1]="@layer".concat(d[5].length>0?" ".concat(d[5]):""," {").concat(d[1],"}")),d[5]=i),o&&(d[2]&&(d[1]="@media ".concat(d[2]," {").concat(d[1],"}")),d[2]=o),a&&(d[4]?(d[1]="@supports (".concat(d[4],") {").concat(d[1],"}"),d[4]=a):d[4]="".concat(a)),e.push(d))}},e}},23(r){r.exports=function(r){return r[1]}},15(r,e,o){o.r(e);var t=o(16),a=o.n(t),i=o(17),l=o.n(i),n=o(18),s=o.n(n),p=o(19),d=o.n(p),c=o(20),u=o.n(c),b=o(21),f=o.n(b),k=o(22),v={};v.styleTagTransform=f(),v.setAttributes=d(),v.insert=s().bind(null,"head"),v.domAPI=l(),v.insertStyleElement=u(),a()(k.A,v);let h=k.A&&k.A.locals?k.A.locals:void 0;o.d(e,{},{default:h})},16(r){var e=[];function o(r){for(var o=-1,t=0;t<e.length;t++)if(e[t].identifier===r){o=t;break}return o}function t(r,t){for(var a={},i=[],l=0;l<r.length;l++){var n=r[l],s=t.base?n[0]+t.base:n[0],p=a[s]||0,d="".concat(s," ").concat(p);a[s]=p+1;var c=o(d),u={css:n[1],media:n[2],sourceMap:n[3],supports:n[4],layer:n[5]};if(-1!==c)e[c].references++,e[c].updater(u);else{var b=function(r,e){var o=e.domAPI(e);return o.update(r),function(e){e?(e.css!==r.css||e.media!==r.media||e.sourceMap!==r.sourceMap||e.supports!==r.supports||e.layer!==r.layer)&&o.update(r=e):o.remove()}}(u,t);t.byIndex=l,e.splice(l,0,{identifier:d,updater:b,references:1})}i.push(d)}return i}r.exports=function(r,a){var i=t(r=r||[],a=a||{});return function(r){r=r||[];for(var l=0;l<i.length;l++){var n=o(i[l]);e[n].references--}for(var s=t(r,a),p=0;p<i.length;p++){var d=o(i[p]);0===e[d].references&&(e[d].updater(),e.splice(d,1))}i=s}}},18(r){var e={};r.exports=function(r,o){var t=function(r){if(void 0===e[r]){var o=document.querySelector(r);if(window.HTMLIFrameElement&&o instanceof window.HTMLIFrameElement)try{o=o.contentDocument.head}catch(r){o=null}e[r]=o}return e[r]}(r);if(!t)throw Error("Couldn't find a style target. This probably means that the value for the 'insert' parameter is invalid.");t.appendChild(o)}},20(r){r.exports=function(r){var e=document.createElement("style");return r.setAttributes(e,r.attributes),r.insert(e,r.options),e}},19(r,e,o){r.exports=function(r){var e=o.nc;e&&r.setAttribute("nonce",e)}},17(r){r.exports=function(r){if("u"<typeof document)return{update:function(){},remove:function(){}};var e=r.insertStyleElement(r);return{update:function(o){var t,a,i;t="",o.supports&&(t+="@supports (".concat(o.supports,") {")),o.media&&(t+="@media ".concat(o.media," {")),(a=void 0!==o.layer)&&(t+="@layer".concat(o.layer.length>0?" ".concat(o.layer):""," {")),t+=o.css,a&&(t+="}"),o.media&&(t+="}"),o.supports&&(t+="}"),(i=o.sourceMap)&&"u">typeof btoa&&(t+="\n/*# sourceMappingURL=data:application/json;base64,".concat(btoa(unescape(encodeURIComponent(JSON.stringify(i))))," */")),r.styleTagTransform(t,e,r.options)},remove:function(){var r;null===(r=e).parentNode||r.parentNode.removeChild(r)}}}},21(r){r.exports=function(r,e){if(e.styleSheet)e.styleSheet.cssText=r;else{for(;e.firstChild;)e.removeChild(e.firstChild);e.appendChild(document.createTextNode(r))}}}}]);