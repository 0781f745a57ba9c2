package search

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"

	"crm/index/column"
	"crm/store/kv"
)

// rootFile is a bbolt file of Bleve's with the list of the segments and of their deleted documents. It has no checksum, and one wrong
// bit in it can make a search wrong or the process crash.
const rootFile = "root.bolt"

// sumFile has the checksum of the root file as Bleve closed it. The file does not exist while Bleve is open, and after a crash.
const sumFile = "root.sum"

// seal writes the checksum of an index's root file.
func seal(dir string) error {
	sum, err := rootSum(dir)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, sumFile), sum, 0o600)
}

// verifySeal compares the root file with its checksum, if there is one.
func verifySeal(dir string) error {
	want, err := os.ReadFile(filepath.Join(dir, sumFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	got, failed := rootSum(dir)
	if err := errors.Join(err, failed); err != nil {
		return err
	}
	if !bytes.Equal(got, want) {
		return fmt.Errorf("%s: checksum does not match", rootFile)
	}
	return nil
}

func rootSum(dir string) ([]byte, error) {
	raw, err := os.ReadFile(filepath.Join(dir, rootFile))
	return binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(raw)), err
}

// verify reads all files of an index and returns an error for the first that is missing or damaged. Bleve itself never verifies its
// checksums, and falls back to an older state where a file is missing. The paths that verify returns are of segments that the root
// file does not name: a crash has left them behind.
func verify(dir string) (strays []string, err error) {
	if err := verifySeal(dir); err != nil {
		return nil, err
	}
	named := make(map[string]bool)
	err = kv.CheckFile(context.Background(), filepath.Join(dir, rootFile), func(value []byte) {
		if bytes.HasSuffix(value, []byte(segmentSuffix)) {
			named[filepath.Base(string(value))] = true
		}
	})
	if err != nil {
		return nil, err
	}
	for name := range named {
		if err := column.VerifyChecksum(filepath.Join(dir, name)); err != nil {
			return nil, err
		}
	}
	files, err := os.ReadDir(dir)
	for _, file := range files {
		if filepath.Ext(file.Name()) == segmentSuffix && !named[file.Name()] {
			strays = append(strays, filepath.Join(dir, file.Name()))
		}
	}
	return strays, err
}

// prepare verifies an index that is about to be opened for writing, and removes what a crash has left behind.
func prepare(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, rootFile)); errors.Is(err, os.ErrNotExist) {
		return os.RemoveAll(dir)
	}
	strays, err := verify(dir)
	for _, path := range strays {
		err = errors.Join(err, os.Remove(path))
	}
	return err
}

const segmentSuffix = ".zap"
