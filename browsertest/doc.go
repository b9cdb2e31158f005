// Package browsertest opens keyhull's pages in Chromium. It is a module of its
// own, so that the browser's driver stays out of the main one:
//
//	cd browsertest && go test ./...
//
// Where no Chromium is in PATH, tests that need one are skipped; with
// KEYHULL_BROWSER=required they fail. KEYHULL_SHOTS names a folder for pictures
// of the pages, KEYHULL_ROUNDS=100 holds report/page/hull.js against the
// library on thousands of key sets, and KEYHULL_FIG1 names a table of Fig. 1 to
// show instead of one that is made on the spot.
//
// A page that is opened here fails its test for any error or warning in the
// console, and for any request that leaves the machine.
package browsertest
