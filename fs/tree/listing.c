/*
 * listing.c - what is in a directory, as a snapshot for readdir.
 */
#include "tree/listing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void fs_list(struct fs_listing *listing, const char *name, uint64_t inode, mode_t type)
{
    if (listing->n == listing->capacity) {
        size_t capacity = listing->capacity * 2 + 16;
        void *entries = realloc(listing->entries, capacity * sizeof *listing->entries);
        if (!entries) {
            listing->names.failed = true;
            return;
        }
        listing->entries = entries;
        listing->capacity = capacity;
    }
    listing->entries[listing->n++] = (struct fs_listed){listing->names.length, inode, type & S_IFMT};
    fs_text_add(&listing->names, name, strlen(name) + 1);
}

static void list_children(const struct fs_node *node, struct fs_listing *listing)
{
    fs_list(listing, ".", fs_inode(node->row, node->object), S_IFDIR);
    fs_list(listing, "..", 1, S_IFDIR);
    for (const struct fs_row *row = node->object->world->rows; row->path; row++) {
        const char *name = fs_row_child(row, node->row);
        if (!name)
            continue;
        if (fs_row_is_changing(name)) {
            row->list(node->object, row, listing);
            continue;
        }
        const struct fs_object *object = row->find ? row->find(node->object, NULL) : node->object;
        if (object)
            fs_list(listing, name, fs_inode(row, object), row->mode);
    }
}

static int listing_enter(struct fs_world *world, struct fs_listing *listing)
{
    listing->next = world->listings;
    listing->link = &world->listings;
    if (listing->next)
        listing->next->link = &listing->next;
    world->listings = listing;
    return fs_number_set(&world->numbers, &listing->number, listing);
}

int fs_tree_list(struct fs_world *world, struct fs_listing **out)
{
    struct fs_listing *listing = calloc(1, sizeof *listing);
    if (!listing)
        return -ENOMEM;
    fs_lock(world);
    int r = listing_enter(world, listing);
    fs_unlock(world);
    if (r) {
        fs_listing_free(world, listing);
        return -ENOMEM;
    }
    *out = listing;
    return 0;
}

int fs_tree_list_fill(struct fs_world *world, const struct fs_node *node, struct fs_listing *listing)
{
    fs_lock(world);
    listing->n = listing->names.length = 0;
    list_children(node, listing);
    bool failed = listing->names.failed;
    fs_unlock(world);
    return failed ? -ENOMEM : 0;
}

void fs_listing_free(struct fs_world *world, struct fs_listing *listing)
{
    fs_lock(world);
    *listing->link = listing->next;
    if (listing->next)
        listing->next->link = listing->link;
    fs_number_drop(&world->numbers, listing->number);
    fs_unlock(world);
    fs_text_free(&listing->names);
    free(listing->entries);
    free(listing);
}

int fs_tree_restore_listing(struct fs_world *world, struct fs_listing *listing)
{
    return listing_enter(world, listing);
}

void fs_listings_free(struct fs_world *world)
{
    while (world->listings)
        fs_listing_free(world, world->listings);
}
