export const id = 603;
export const ids = [603];
export const modules = {

/***/ 10603:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   decide: () => (/* reexport safe */ _decide_js__WEBPACK_IMPORTED_MODULE_0__.LD),
/* harmony export */   parsePolicy: () => (/* reexport safe */ _policy_js__WEBPACK_IMPORTED_MODULE_1__.ON)
/* harmony export */ });
/* harmony import */ var _decide_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(75511);
/* harmony import */ var _policy_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(35415);
                                                         
                                                










                                                       







/***/ })

};
