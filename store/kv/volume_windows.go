package kv

import (
	"path/filepath"

	"golang.org/x/sys/windows"
)

// volumeKinds has the kinds of drives that are unsuitable for a database, by the result of GetDriveType.
var volumeKinds = map[uint32]string{windows.DRIVE_REMOTE: "network", windows.DRIVE_RAMDISK: "memory"}

// VolumeOf describes the disk of a file or folder.
func VolumeOf(path string) (v Volume, err error) {
	path, err = filepath.Abs(path)
	if err != nil {
		return v, err
	}
	dir, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return v, err
	}
	if err := windows.GetDiskFreeSpaceEx(dir, &v.Free, nil, nil); err != nil {
		return v, err
	}
	root, err := windows.UTF16PtrFromString(filepath.VolumeName(path) + `\`)
	if err != nil {
		return v, err
	}
	var serial uint32
	if err := windows.GetVolumeInformation(root, nil, 0, &serial, nil, nil, nil, 0); err != nil {
		return v, err
	}
	v.ID = uint64(serial)
	v.Kind = volumeKinds[windows.GetDriveType(root)]
	return v, nil
}
