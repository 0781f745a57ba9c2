package kv

import (
	"os"
	"syscall"
)

// volumeKinds has the file systems that are unsuitable for a database, by their names in statfs(2).
var volumeKinds = map[string]string{
	"nfs": "network", "smbfs": "network", "afpfs": "network", "webdav": "network", "osxfuse": "fuse", "macfuse": "fuse",
}

// VolumeOf describes the disk of a file or folder.
func VolumeOf(path string) (v Volume, err error) {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(path, &fs); err != nil {
		return v, err
	}
	name := make([]byte, 0, len(fs.Fstypename))
	for _, c := range fs.Fstypename {
		if c == 0 {
			break
		}
		name = append(name, byte(c))
	}
	info, err := os.Stat(path)
	if err != nil {
		return v, err
	}
	return Volume{ID: uint64(info.Sys().(*syscall.Stat_t).Dev), Free: fs.Bavail * uint64(fs.Bsize), Kind: volumeKinds[string(name)]}, nil
}
