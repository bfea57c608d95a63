#!/usr/bin/env python3
"""What POSIX asks of a file system without links, asked of a directory of buffers. usage: posix.py DIRECTORY

Each function is a test whose name is its sentence. Prints a line of TAP for each. Tests of other users' rights
need root; without it they are left out, and a line says so.
"""
import ctypes
import errno
import fcntl
import mmap
import os
import re
import stat
import sys

libc = ctypes.CDLL(None, use_errno=True)
NOREPLACE, EXCHANGE = 1, 2
root = os.open(sys.argv[1], os.O_RDONLY)
os.fchdir(root)
os.umask(0o022)


def fails(number, function, *args, **named):
    try:
        function(*args, **named)
    except OSError as error:
        assert error.errno == number, f"wanted {errno.errorcode[number]}, got {error}"
        return
    raise AssertionError(f"went through, wanted {errno.errorcode[number]}")


def make(name, content=b"", mode=0o644):
    fd = os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL, mode)
    os.write(fd, content)
    os.close(fd)
    return name


def content(name):
    with open(name, "rb") as file:
        return file.read()


def rename2(old, new, flags):
    if libc.renameat2(-100, os.fsencode(old), -100, os.fsencode(new), flags):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def as_user(function, uid=65534, gid=65534):
    """Runs it as another user; what it raises is raised here."""
    pid = os.fork()
    if pid == 0:
        try:
            os.setgroups([])
            os.setgid(gid)
            os.setuid(uid)
            function()
        except AssertionError as error:
            print(f"# as user {uid}: {error}", flush=True)
            os._exit(1)
        except BaseException as error:
            print(f"# as user {uid}: {type(error).__name__} {error}", flush=True)
            os._exit(1)
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0, "failed as another user"


# ---- open ----

def open_of_what_is_not_there_is_ENOENT():
    fails(errno.ENOENT, os.open, "a", os.O_RDONLY)
    fails(errno.ENOENT, os.open, "a/b", os.O_RDWR | os.O_CREAT)

def O_CREAT_makes_an_empty_file_with_the_mode_less_the_umask():
    os.close(os.open("a", os.O_WRONLY | os.O_CREAT, 0o666))
    assert stat.S_IMODE(os.stat("a").st_mode) == 0o644 and os.stat("a").st_size == 0

def O_CREAT_of_what_is_there_opens_it():
    make("a", b"kept")
    os.close(os.open("a", os.O_WRONLY | os.O_CREAT, 0o600))
    assert content("a") == b"kept" and stat.S_IMODE(os.stat("a").st_mode) == 0o644

def O_EXCL_of_what_is_there_is_EEXIST():
    make("a")
    fails(errno.EEXIST, os.open, "a", os.O_WRONLY | os.O_CREAT | os.O_EXCL)

def O_TRUNC_empties():
    make("a", b"gone")
    os.close(os.open("a", os.O_WRONLY | os.O_TRUNC))
    assert os.stat("a").st_size == 0

def O_APPEND_writes_at_the_end_whatever_the_offset():
    make("a", b"one")
    fd = os.open("a", os.O_RDWR | os.O_APPEND)
    os.lseek(fd, 0, os.SEEK_SET)
    os.write(fd, b"two")
    os.close(fd)
    assert content("a") == b"onetwo"

def two_appenders_lose_nothing():
    make("a")
    fds = [os.open("a", os.O_WRONLY | os.O_APPEND) for _ in range(2)]
    for i in range(20):
        os.write(fds[i % 2], b"%04d" % i)
    assert content("a") == b"".join(b"%04d" % i for i in range(20))

def O_DIRECT_needs_no_alignment():
    make("a", bytes(range(256)) * 64)
    fd = os.open("a", os.O_RDWR | os.O_DIRECT)
    assert os.pread(fd, 100, 4099) == (bytes(range(256)) * 64)[4099:4199]
    os.pwrite(fd, b"odd", 8191)
    assert content("a")[8191:8194] == b"odd"

def O_DIRECTORY_of_a_file_is_ENOTDIR():
    make("a")
    fails(errno.ENOTDIR, os.open, "a", os.O_RDONLY | os.O_DIRECTORY)
    fails(errno.ENOTDIR, os.open, "a/b", os.O_RDONLY)

def a_directory_cannot_be_opened_for_writing():
    os.mkdir("d")
    fails(errno.EISDIR, os.open, "d", os.O_WRONLY)
    fails(errno.EISDIR, os.open, "d", os.O_RDWR | os.O_CREAT)

def an_unnamed_file_is_EOPNOTSUPP():
    fails(errno.EOPNOTSUPP, os.open, ".", os.O_TMPFILE | os.O_RDWR)

def what_is_open_for_reading_cannot_be_written_nor_cut():
    make("a", b"x")
    fd = os.open("a", os.O_RDONLY)
    fails(errno.EBADF, os.write, fd, b"y")
    fails(errno.EINVAL, os.ftruncate, fd, 0)

# ---- reading and writing ----

def a_read_at_or_past_the_end_gives_nothing():
    make("a", b"abc")
    fd = os.open("a", os.O_RDONLY)
    assert os.pread(fd, 10, 1) == b"bc" and os.pread(fd, 10, 3) == b"" and os.pread(fd, 10, 1 << 40) == b""

def a_write_of_nothing_past_the_end_changes_nothing():
    make("a", b"abc")
    fd = os.open("a", os.O_WRONLY)
    assert os.pwrite(fd, b"", 100) == 0 and os.fstat(fd).st_size == 3

def a_gap_reads_as_zero():
    fd = os.open(make("a", b"abc"), os.O_WRONLY)
    os.pwrite(fd, b"z", 10001)
    assert content("a") == b"abc" + bytes(9998) + b"z"

def readv_and_writev_go_through():
    fd = os.open(make("a"), os.O_RDWR)
    assert os.pwritev(fd, [b"ab", b"c" * 5000, b"d"], 7) == 5003
    got = [bytearray(4), bytearray(5000)]
    assert os.preadv(fd, got, 6) == 5004 and got[0] == b"\0abc" and got[1][-2:] == b"cd"

def what_one_descriptor_wrote_another_reads_at_once():
    one, two = os.open(make("a"), os.O_WRONLY), os.open("a", os.O_RDONLY)
    for i in range(10):
        os.pwrite(one, b"%d" % i, i)
        assert os.fstat(two).st_size == i + 1 and os.pread(two, 1, i) == b"%d" % i

# ---- sizes ----

def truncate_cuts_and_grows_with_zeroes():
    make("a", b"abcdef")
    os.truncate("a", 3)
    os.truncate("a", 5)
    assert content("a") == b"abc\0\0"

def truncate_of_a_directory_is_EISDIR():
    os.mkdir("d")
    fails(errno.EISDIR, os.truncate, "d", 0)

def a_negative_size_is_EINVAL():
    fails(errno.EINVAL, os.truncate, make("a"), -1)

def more_than_there_can_be_is_ENOSPC_and_changes_nothing():
    make("a", b"kept")
    for size in (1 << 45, 1 << 50, (1 << 63) - 1):
        fails(errno.ENOSPC, os.truncate, "a", size)
        assert os.stat("a").st_size == 4
    fd = os.open("a", os.O_WRONLY)
    fails(errno.ENOSPC, os.pwrite, fd, b"far", 1 << 50)
    fails(errno.ENOSPC, os.posix_fallocate, fd, 0, 1 << 50)
    assert content("a") == b"kept"

def a_huge_size_holds_what_is_written_at_its_ends():
    fd = os.open(make("a", b"first"), os.O_RDWR)
    os.ftruncate(fd, 3 << 30)
    os.pwrite(fd, b"last", (3 << 30) - 4)
    assert os.pread(fd, 9, 0) == b"first\0\0\0\0" and os.pread(fd, 10, (3 << 30) - 4) == b"last"
    assert os.pread(fd, 4, 1 << 31) == bytes(4)

def there_are_no_holes_to_seek():
    fd = os.open(make("a"), os.O_RDWR)
    os.ftruncate(fd, 100000)
    assert os.lseek(fd, 5000, os.SEEK_DATA) == 5000 and os.lseek(fd, 5000, os.SEEK_HOLE) == 100000
    fails(errno.ENXIO, os.lseek, fd, 100000, os.SEEK_DATA)
    assert os.lseek(fd, -1, os.SEEK_END) == 99999
    assert os.stat("a").st_blocks * 512 >= 100000

# ---- names ----

def names_may_hold_blanks_and_any_UTF_8_and_255_bytes():
    for name in ("a b", " ", "\u00fc\u20ac\U0001f600", "-rf", "a+1", "x" * 255, "\u00e4" * 127, "\\040", "a\tb"):
        make(name, name.encode())
        assert name in os.listdir(".") and content(name) == name.encode()

def names_of_256_bytes_are_ENAMETOOLONG():
    long = "x" * 256
    make("a")
    fails(errno.ENAMETOOLONG, os.open, long, os.O_RDWR | os.O_CREAT)
    fails(errno.ENAMETOOLONG, os.stat, long)
    fails(errno.ENAMETOOLONG, os.mkdir, long)
    fails(errno.ENAMETOOLONG, os.rename, "a", long)
    fails(errno.ENAMETOOLONG, os.unlink, long)

def unlink_takes_the_name_and_leaves_the_file_to_who_has_it_open():
    fd = os.open(make("a", b"still"), os.O_RDWR)
    os.unlink("a")
    fails(errno.ENOENT, os.stat, "a")
    make("a", b"other")
    os.pwrite(fd, b" here", 5)
    assert os.pread(fd, 100, 0) == b"still here" and os.fstat(fd).st_nlink == 0 and content("a") == b"other"

def unlink_of_a_directory_is_EISDIR_and_rmdir_of_a_file_ENOTDIR():
    os.mkdir("d")
    make("a")
    fails(errno.EISDIR, os.unlink, "d")
    fails(errno.ENOTDIR, os.rmdir, "a")
    fails(errno.ENOENT, os.unlink, "b")
    fails(errno.ENOENT, os.rmdir, "b")

def rmdir_of_what_is_not_empty_is_ENOTEMPTY():
    os.mkdir("d")
    make("d/a")
    fails(errno.ENOTEMPTY, os.rmdir, "d")
    os.unlink("d/a")
    os.rmdir("d")

def mkdir_of_what_is_there_is_EEXIST():
    make("a")
    os.mkdir("d", 0o777)
    assert stat.S_IMODE(os.stat("d").st_mode) == 0o755
    fails(errno.EEXIST, os.mkdir, "d")
    fails(errno.EEXIST, os.mkdir, "a")

def a_directory_counts_its_subdirectories():
    os.mkdir("d")
    assert os.stat("d").st_nlink == 2
    os.mkdir("d/e")
    make("d/a")
    assert os.stat("d").st_nlink == 3
    os.rename("d/e", "e")
    assert os.stat("d").st_nlink == 2

def nothing_can_be_made_in_a_directory_that_was_removed():
    os.mkdir("d")
    fd = os.open("d", os.O_RDONLY)
    os.rmdir("d")
    fails(errno.ENOENT, os.open, "a", os.O_RDWR | os.O_CREAT, dir_fd=fd)
    fails(errno.ENOENT, os.mkdir, "e", dir_fd=fd)

def readdir_tells_each_name_once_while_others_come_and_go():
    for i in range(300):
        make(f"f{i:03}")
    seen = []
    with os.scandir(".") as names:
        for i, entry in enumerate(names):
            seen.append(entry.name)
            if i == 100:
                os.unlink("f299")
                make("g")
    assert len(seen) == len(set(seen)) and set(f"f{i:03}" for i in range(299)) <= set(seen)

# ---- rename ----

def rename_moves_between_directories():
    os.mkdir("d")
    make("a", b"x")
    inode = os.stat("a").st_ino
    os.rename("a", "d/b")
    assert content("d/b") == b"x" and os.stat("d/b").st_ino == inode
    fails(errno.ENOENT, os.stat, "a")

def rename_over_an_open_file_leaves_it_to_who_has_it_open():
    make("new", b"new")
    fd = os.open(make("old", b"old"), os.O_RDWR)
    os.rename("new", "old")
    assert content("old") == b"new" and os.pread(fd, 10, 0) == b"old"

def rename_of_an_open_file_moves_it_under_the_descriptor():
    fd = os.open(make("a", b"x"), os.O_RDWR)
    os.rename("a", "b")
    os.write(fd, b"yz")
    assert content("b") == b"yz"

def rename_onto_itself_changes_nothing():
    make("a", b"x")
    os.rename("a", "a")
    assert content("a") == b"x"

def rename_between_files_and_directories_is_refused():
    make("a")
    os.mkdir("d")
    os.mkdir("e")
    make("e/f")
    fails(errno.EISDIR, os.rename, "a", "d")
    fails(errno.ENOTDIR, os.rename, "d", "a")
    fails(errno.ENOTEMPTY, os.rename, "d", "e")
    os.rename("e", "d")
    assert os.listdir("d") == ["f"]

def a_directory_cannot_move_into_itself():
    os.makedirs("d/e")
    fails(errno.EINVAL, os.rename, "d", "d/e/f")

def RENAME_NOREPLACE_replaces_nothing():
    make("a", b"a")
    make("b", b"b")
    fails(errno.EEXIST, rename2, "a", "b", NOREPLACE)
    rename2("a", "c", NOREPLACE)
    assert content("c") == b"a" and content("b") == b"b"

def RENAME_EXCHANGE_exchanges_files_and_directories():
    make("a", b"a")
    os.mkdir("d")
    make("d/b", b"b")
    rename2("a", "d/b", EXCHANGE)
    assert content("a") == b"b" and content("d/b") == b"a"
    rename2("a", "d", EXCHANGE)
    assert content("d") == b"b" and content("a/b") == b"a"
    fails(errno.ENOENT, rename2, "a", "none", EXCHANGE)

def links_devices_and_pipes_are_EPERM():
    make("a")
    fails(errno.EPERM, os.link, "a", "b")
    fails(errno.EPERM, os.symlink, "a", "b")
    fails(errno.EPERM, os.mkfifo, "b")
    os.mknod("b", 0o600 | stat.S_IFREG)
    assert os.stat("b").st_size == 0

# ---- attributes ----

def chmod_sets_the_mode():
    make("a")
    for mode in (0o000, 0o400, 0o4711, 0o644):
        os.chmod("a", mode)
        assert stat.S_IMODE(os.stat("a").st_mode) == mode
    os.mkdir("d")
    os.chmod("d", 0o1777)
    assert stat.S_IMODE(os.stat("d").st_mode) == 0o1777

def utimensat_sets_both_times_to_the_nanosecond():
    make("a")
    os.utime("a", ns=(1234567890123456789, 987654321987654321))
    assert os.stat("a").st_atime_ns == 1234567890123456789 and os.stat("a").st_mtime_ns == 987654321987654321
    assert os.stat("a").st_ctime_ns > 1234567890123456789
    os.utime("a")
    assert os.stat("a").st_mtime_ns > 1234567890123456789

def a_write_a_cut_and_a_name_move_the_times():
    make("a", b"x")
    os.mkdir("d")
    for change in (lambda: os.truncate("a", 0), lambda: os.close(os.open("a", os.O_WRONLY | os.O_TRUNC)),
                   lambda: os.pwrite(os.open("a", os.O_WRONLY), b"y", 0)):
        os.utime("a", ns=(0, 0))
        change()
        assert os.stat("a").st_mtime_ns > 0
    os.utime("a", ns=(0, 0))
    before = os.stat("a").st_ctime_ns
    os.chmod("a", 0o600)
    assert os.stat("a").st_mtime_ns == 0 and os.stat("a").st_ctime_ns > before
    for change in (lambda: make("d/b"), lambda: os.rename("d/b", "d/c"), lambda: os.unlink("d/c")):
        os.utime("d", ns=(0, 0))
        change()
        assert os.stat("d").st_mtime_ns > 0

def statfs_tells_the_pool():
    before = os.statvfs(".")
    assert before.f_namemax == 255 and before.f_bsize == 4096 and before.f_blocks >= before.f_bfree > 0
    for _ in range(100): # what earlier tests removed may be given back only now: files are released behind the last close
        before = os.statvfs(".")
        os.truncate(make("a"), 64 << 20)
        if before.f_bfree - os.statvfs(".").f_bfree >= (64 << 20) // 4096:
            return
        os.unlink("a")
    assert False, "64 MiB more do not show"

def address_and_window_are_extended_attributes():
    make("a")
    fails(errno.ENODATA, os.getxattr, "a", "user.gpu_va")
    assert os.listxattr("a") == []
    os.truncate("a", 4096)
    assert sorted(os.listxattr("a")) == ["user.gpu_va", "user.gpu_window"]
    assert re.fullmatch(rb"0x[0-9a-f]+", os.getxattr("a", "user.gpu_va"))
    assert int(os.getxattr("a", "user.gpu_window")) >= 64 << 20
    fails(errno.ENODATA, os.getxattr, "a", "user.other")
    fails(errno.EOPNOTSUPP, os.setxattr, "a", "user.gpu_va", b"0x1000")
    fails(errno.EOPNOTSUPP, os.setxattr, "a", "user.other", b"x")
    fails(errno.EOPNOTSUPP, os.removexattr, "a", "user.gpu_va")

def locks_hold_between_processes():
    fd = os.open(make("a", b"x"), os.O_RDWR)
    fcntl.flock(fd, fcntl.LOCK_EX)
    fails(errno.EAGAIN, fcntl.flock, os.open("a", os.O_RDWR), fcntl.LOCK_EX | fcntl.LOCK_NB)
    fcntl.lockf(fd, fcntl.LOCK_EX)
    pid = os.fork()
    if pid == 0:
        try:
            fcntl.lockf(os.open("a", os.O_RDWR), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os._exit(0)
        os._exit(1)
    assert os.waitpid(pid, 0)[1] == 0

def fsync_goes_through_for_files_and_directories():
    os.fsync(os.open(make("a", b"x"), os.O_RDWR))
    os.fdatasync(os.open("a", os.O_RDONLY))
    os.fsync(os.open(".", os.O_RDONLY))

# ---- mappings ----

def a_private_mapping_shows_the_bytes_and_keeps_its_changes():
    data = os.urandom(70001)
    fd = os.open(make("a", data), os.O_RDWR)
    with mmap.mmap(fd, 0, mmap.MAP_PRIVATE) as map:
        assert map[:] == data
        map[5:9] = b"mine"
        assert content("a") == data

def a_new_private_mapping_shows_what_was_written_since():
    fd = os.open(make("a", b"a" * 8192), os.O_RDWR)
    with mmap.mmap(fd, 0, mmap.MAP_PRIVATE) as map:
        assert map[0] == ord("a")
    os.pwrite(fd, b"b" * 8192, 0)
    with mmap.mmap(fd, 0, mmap.MAP_PRIVATE) as map:
        assert map[:] == b"b" * 8192

def shared(fd):
    """A shared mapping of all of it; None where the kernel has none for such files, which is before Linux 6.6."""
    try:
        return mmap.mmap(fd, 0, mmap.MAP_SHARED)
    except OSError as error:
        old = tuple(int(n) for n in re.findall(r"\d+", os.uname().release)[:2]) < (6, 6)
        assert error.errno == errno.ENODEV and old, error
        print("# buffers cannot be mapped shared here: that takes Linux 6.6")

def a_shared_mapping_writes_through():
    fd = os.open(make("a", b"a" * 8192), os.O_RDWR)
    map = shared(fd)
    if map:
        map[4096:4099] = b"new"
        assert os.pread(fd, 3, 4096) == b"new"
        map[0:3] = b"too"
        map.flush()
        assert content("a")[:3] == b"too"
        map[1:2] = b"h"
        map.close()
        assert content("a")[:3] == b"tho"

def a_shared_mapping_shows_what_is_written():
    fd = os.open(make("a", b"a" * 12288), os.O_RDWR)
    map = shared(fd)
    if map:
        assert map[:] == b"a" * 12288
        with open("a", "r+b", buffering=0) as other:
            other.write(b"b" * 5000)
        assert map[4998:5002] == b"bbaa"
        os.posix_fallocate(fd, 0, 12289)
        os.truncate("a", 8192)
        os.truncate("a", 12288)
        assert map[8191:8194] == b"a\0\0"

def shared_mappings_of_two_processes_are_the_same_pages():
    fd = os.open(make("a", b"a" * 4096), os.O_RDWR)
    map = shared(fd)
    if map:
        pid = os.fork()
        if pid == 0:
            mmap.mmap(os.open("a", os.O_RDWR), 0, mmap.MAP_SHARED)[7] = ord("c")
            os._exit(0)
        os.waitpid(pid, 0)
        assert map[6:9] == b"aca"

def a_shared_mapping_outlives_its_name_and_its_descriptor():
    fd = os.open(make("a", b"a" * 4096), os.O_RDWR)
    map = shared(fd)
    os.unlink("a")
    os.close(fd)
    if map:
        map[0:1] = b"b"
        map.flush()
        assert map[0:2] == b"ba"

def a_shared_mapping_of_what_is_open_for_reading_cannot_be_written():
    fd = os.open(make("a", b"a" * 4096), os.O_RDONLY)
    fails(errno.EACCES, mmap.mmap, fd, 0, mmap.MAP_SHARED)

# ---- other users ----

def root_modes_keep_others_out():
    make("mine", b"x", 0o600)
    make("shown", b"x", 0o644)
    def other():
        fails(errno.EACCES, os.open, "mine", os.O_RDONLY)
        fails(errno.EACCES, os.truncate, "shown", 0)
        fails(errno.EACCES, os.open, "shown", os.O_WRONLY)
        fails(errno.EACCES, os.open, "new", os.O_RDWR | os.O_CREAT)
        fails(errno.EACCES, os.unlink, "shown")
        fails(errno.EACCES, os.rename, "shown", "other")
        fails(errno.EPERM, os.chmod, "shown", 0o777)
        fails(errno.EPERM, os.chown, "shown", 65534, -1)
        assert content("shown") == b"x"
    as_user(other)

def root_what_another_user_makes_is_his():
    os.mkdir("d")
    os.chmod("d", 0o777)
    def other():
        make("d/a", b"his")
        os.chmod("d/a", 0o600)
        os.utime("d/a", ns=(5, 5))
        fails(errno.EPERM, os.chown, "d/a", 0, -1)
    as_user(other)
    st = os.stat("d/a")
    assert (st.st_uid, st.st_gid, stat.S_IMODE(st.st_mode), st.st_mtime_ns) == (65534, 65534, 0o600, 5)

def root_a_mode_without_search_hides_what_is_below():
    os.mkdir("d", 0o700)
    make("d/a", b"x", 0o666)
    as_user(lambda: fails(errno.EACCES, os.stat, "d/a"))

def root_the_sticky_bit_keeps_others_from_removing():
    os.mkdir("d")
    os.chmod("d", 0o1777)
    make("d/a")
    def other():
        fails(errno.EPERM, os.unlink, "d/a")
        fails(errno.EPERM, os.rename, "d/a", "d/b")
        os.unlink(make("d/own"))
    as_user(other)

def root_chown_changes_owner_and_group():
    make("a")
    os.chown("a", 65534, 65534)
    assert (os.stat("a").st_uid, os.stat("a").st_gid) == (65534, 65534)
    as_user(lambda: os.truncate("a", 10))

def root_a_directory_with_the_set_group_bit_hands_its_group_down():
    os.mkdir("d")
    os.chown("d", 0, 65534)
    os.chmod("d", 0o2775)
    make("d/a")
    os.mkdir("d/e")
    assert os.stat("d/a").st_gid == 65534 and os.stat("d/e").st_gid == 65534
    assert os.stat("d/e").st_mode & stat.S_ISGID


def remove(name):
    if stat.S_ISDIR(os.lstat(name).st_mode):
        os.chmod(name, 0o700)
        for below in os.listdir(name):
            remove(f"{name}/{below}")
        os.rmdir(name)
    else:
        os.unlink(name)


def run(number, test):
    sentence = f"{sys.argv[1]}: {test.__name__.replace('root_', '').replace('_', ' ')}"
    descriptors = set(os.listdir("/proc/self/fd"))
    os.mkdir("posix")
    os.chdir("posix")
    try:
        test()
        print(f"ok {number} - {sentence}", flush=True)
        return True
    except (AssertionError, OSError) as error:
        line = error.__traceback__
        while line.tb_next and line.tb_next.tb_frame.f_code.co_filename == __file__:
            line = line.tb_next
        print(f"not ok {number} - {sentence}: line {line.tb_lineno}: {error}", flush=True)
        return False
    finally:
        os.fchdir(root)
        for fd in set(os.listdir("/proc/self/fd")) - descriptors:
            try:
                os.close(int(fd))
            except OSError:
                pass
        remove("posix")


tests = [test for test in list(globals().values())
         if callable(test) and getattr(test, "__module__", "") == "__main__" and test.__code__.co_argcount == 0]
if os.getuid():
    print(f"# {sum(test.__name__.startswith('root_') for test in tests)} tests of other users' rights need root")
    tests = [test for test in tests if not test.__name__.startswith("root_")]
sys.exit(0 if all([run(i + 1, test) for i, test in enumerate(tests)]) else 1)
