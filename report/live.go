package report

// LiveFile returns a file of the live page: live.html, live.css, style.css, live.js, live_common.js, live_compare.js,
// live_decide.js, make.js, curves.js. They name each other beside themselves, load nothing else, and hold for a
// policy that allows no inline script or style.
func LiveFile(name string) ([]byte, error) { return files.ReadFile("page/" + name) }
