package weights

import (
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// availableMemory returns how many bytes can be allocated without driving
// the machine or the container out of memory, as far as the system tells
// (Linux does; elsewhere the bound is what Go can address).
func availableMemory() int64 {
	const addressable = min(1<<46, math.MaxInt)
	limit := int64(addressable)
	if kib, ok := field("/proc/meminfo", "MemAvailable:"); ok && kib < limit/1024 {
		limit = kib * 1024
	}
	for _, group := range controlGroups() {
		limit = min(limit, group.left())
	}
	return limit
}

// recent is what availableMemory said last, and when.
var recent struct {
	sync.Mutex
	at    time.Time
	bytes int64
}

// recentMemory is availableMemory, asked again every tenth of a second at most:
// it reads a dozen files, which takes longer than reading a small array.
func recentMemory() int64 {
	recent.Lock()
	defer recent.Unlock()
	if time.Since(recent.at) > time.Second/10 {
		recent.bytes, recent.at = availableMemory(), time.Now()
	}
	return recent.bytes
}

// controlGroup is a folder with the kernel's names for the three numbers.
type controlGroup struct{ dir, most, used, cache string }

// controlGroups lists the groups whose memory limits bind this process, from
// the mount's root down.
func controlGroups() []controlGroup {
	text, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return nil
	}
	var groups []controlGroup
	for line := range strings.Lines(string(text)) {
		part := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(part) != 3 {
			continue
		}
		base, names := "", controlGroup{}
		switch part[1] {
		case "": // version 2
			base, names = "/sys/fs/cgroup", controlGroup{most: "memory.max", used: "memory.current", cache: "inactive_file"}
		case "memory":
			base, names = "/sys/fs/cgroup/memory", controlGroup{most: "memory.limit_in_bytes", used: "memory.usage_in_bytes", cache: "total_inactive_file"}
		default:
			continue
		}
		for dir := filepath.Clean("/" + part[2]); ; dir = filepath.Dir(dir) {
			names.dir = base + dir
			groups = append(groups, names)
			if dir == "/" {
				break
			}
		}
	}
	return groups
}

// left returns what the group may still use; file pages that the kernel can
// drop count as free. An unreadable group sets no limit.
func (g controlGroup) left() int64 {
	most, ok := field(filepath.Join(g.dir, g.most), "")
	used, ok2 := field(filepath.Join(g.dir, g.used), "")
	if !ok || !ok2 {
		return math.MaxInt64
	}
	cache, _ := field(filepath.Join(g.dir, "memory.stat"), g.cache)
	return max(0, most-max(0, used-cache))
}

// field returns the number that follows key in a file of words, or the first
// number if key is empty.
func field(path, key string) (int64, bool) {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, false
	}
	words := strings.Fields(string(text))
	for i := range words {
		if key == "" || i > 0 && words[i-1] == key {
			n, err := strconv.ParseInt(words[i], 10, 64)
			return n, err == nil
		}
	}
	return 0, false
}
