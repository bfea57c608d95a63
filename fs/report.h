/* report.h - kfdfs --report: the state of a mount, or of a machine without one, as one text. */
#ifndef KFDFS_FS_REPORT_H
#define KFDFS_FS_REPORT_H

/* mountpoint: NULL takes the first kfdfs that is mounted. Prints to stdout; 0, or 1 with a sentence on
 * stderr. */
int fs_report(const char *mountpoint);

#endif
