/* geo_file.h - the country database at a path, read again when the file is
 * replaced.  What can not be read is said once, and what was read before stays
 * in use. */
#ifndef COUNT_GEO_FILE_H
#define COUNT_GEO_FILE_H

struct geo;

struct geo_file;

/* Read the file at path now; an empty path is none. */
struct geo_file *geo_file_new(const char *path);
void geo_file_free(struct geo_file *f); /* NULL is allowed */

/* Look at once, at this path from now on.  Until another file has been read
 * the old one is in use; with an empty path none is. */
void geo_file_set_path(struct geo_file *f, const char *path);

/* To be called every few seconds.  A file that has changed and is the same at
 * two looks is read by a thread, and in use at the first tick after that. */
void geo_file_tick(struct geo_file *f);

/* What is in use, or NULL; good until the next call of one of the above. */
const struct geo *geo_file_geo(const struct geo_file *f);

#endif
