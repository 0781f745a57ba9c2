package kv

import (
	"os"
	"syscall"
)

// volumeKinds has the file systems that are unsuitable for a database, by their magic numbers in statfs(2).
var volumeKinds = map[uint32]string{
	0x6969: "network", 0xff534d42: "network", 0xfe534d42: "network", 0x517b: "network", 0x00c36400: "network", 0x5346414f: "network",
	0x01021997: "network", 0x65735546: "fuse", 0x01021994: "memory", 0x858458f6: "memory",
}

// VolumeOf describes the disk of a file or folder.
func VolumeOf(path string) (v Volume, err error) {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(path, &fs); err != nil {
		return v, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return v, err
	}
	return Volume{ID: info.Sys().(*syscall.Stat_t).Dev, Free: fs.Bavail * uint64(fs.Bsize), Kind: volumeKinds[uint32(fs.Type)]}, nil
}
