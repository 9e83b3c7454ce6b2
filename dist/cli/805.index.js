export const id = 805;
export const ids = [805];
export const modules = {

/***/ 39805:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

__webpack_require__.r(__webpack_exports__);
/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   COMMAND_KEYS: () => (/* reexport safe */ _commands_js__WEBPACK_IMPORTED_MODULE_1__.f),
/* harmony export */   catalogueOf: () => (/* reexport safe */ _files_js__WEBPACK_IMPORTED_MODULE_4__.vq),
/* harmony export */   commandReaders: () => (/* reexport safe */ _commands_js__WEBPACK_IMPORTED_MODULE_1__.G),
/* harmony export */   exchange: () => (/* reexport safe */ _exchange_js__WEBPACK_IMPORTED_MODULE_2__.c),
/* harmony export */   explainCommand: () => (/* reexport safe */ _explain_command_js__WEBPACK_IMPORTED_MODULE_3__.b),
/* harmony export */   isTestFile: () => (/* reexport safe */ _files_js__WEBPACK_IMPORTED_MODULE_4__.hl),
/* harmony export */   lintPath: () => (/* reexport safe */ _files_js__WEBPACK_IMPORTED_MODULE_4__.NR),
/* harmony export */   lintPolicy: () => (/* reexport safe */ _check_js__WEBPACK_IMPORTED_MODULE_0__.GF),
/* harmony export */   parseSuite: () => (/* reexport safe */ _check_js__WEBPACK_IMPORTED_MODULE_0__.El),
/* harmony export */   readColumns: () => (/* reexport safe */ _files_js__WEBPACK_IMPORTED_MODULE_4__.Ej),
/* harmony export */   readGatewayNames: () => (/* reexport safe */ _files_js__WEBPACK_IMPORTED_MODULE_4__.fo),
/* harmony export */   testPath: () => (/* reexport safe */ _files_js__WEBPACK_IMPORTED_MODULE_4__.Ae),
/* harmony export */   testPolicy: () => (/* reexport safe */ _check_js__WEBPACK_IMPORTED_MODULE_0__.Zp),
/* harmony export */   testSuite: () => (/* reexport safe */ _check_js__WEBPACK_IMPORTED_MODULE_0__.$8)
/* harmony export */ });
/* harmony import */ var _check_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(14208);
/* harmony import */ var _commands_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(38491);
/* harmony import */ var _exchange_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(58292);
/* harmony import */ var _explain_command_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(18554);
/* harmony import */ var _files_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(48306);
/** Policy files against this gate's own classifiers: lint, tests, explanations, diffs, and the pull request's check. */







/***/ })

};
