/*
 * names.c - the names in a directory of buffers: found and entered in the logarithm of their number, listed
 * in order.
 *
 * Invariant: the children of a directory are a treap (Aragon, Seidel: Randomized search trees, 1989): a
 * search tree by name that is a heap by rank, where ranks look random; and at the same time a list in name
 * order. Nothing is allocated, so that a rename cannot stop half way.
 */
#include "state/names.h"

#include <string.h>

static uint64_t rank(const struct fs_entry *entry)
{
    return entry->object.serial * 0x9e3779b97f4a7c15u; /* serials count: this spreads them */
}

struct fs_entry *fs_pool_child(const struct fs_entry *dir, const char *name)
{
    struct fs_entry *entry = dir->top;
    for (int order; entry && (order = strcmp(name, entry->object.name));)
        entry = order < 0 ? entry->before : entry->after;
    return entry;
}

/* What comes before the name, and what after. */
static void split(struct fs_entry *tree, const char *name, struct fs_entry **before, struct fs_entry **after)
{
    while (tree) {
        if (strcmp(name, tree->object.name) < 0) {
            *after = tree;
            after = &tree->before;
            tree = tree->before;
        } else {
            *before = tree;
            before = &tree->after;
            tree = tree->after;
        }
    }
    *before = *after = NULL;
}

/* All of the first come before all of the second. */
static struct fs_entry *join(struct fs_entry *first, struct fs_entry *second)
{
    struct fs_entry *tree = NULL, **place = &tree;
    while (first && second) {
        if (rank(first) > rank(second)) {
            *place = first;
            place = &first->after;
            first = first->after;
        } else {
            *place = second;
            place = &second->before;
            second = second->before;
        }
    }
    *place = first ? first : second;
    return tree;
}

void fs_names_add(struct fs_entry *dir, struct fs_entry *entry)
{
    struct fs_entry **place = &dir->top, **link = &dir->children;
    for (struct fs_entry *at = dir->top; at; at = *place) {
        bool earlier = strcmp(entry->object.name, at->object.name) < 0;
        if (!earlier)
            link = &at->sibling;
        if (rank(at) < rank(entry))
            break;
        place = earlier ? &at->before : &at->after;
    }
    /* Below the place, the last one that comes before it is still to be found. */
    for (struct fs_entry *at = *place; at;) {
        bool earlier = strcmp(entry->object.name, at->object.name) < 0;
        if (!earlier)
            link = &at->sibling;
        at = earlier ? at->before : at->after;
    }
    split(*place, entry->object.name, &entry->before, &entry->after);
    *place = entry;
    entry->sibling = *link;
    entry->link = link;
    if (entry->sibling)
        entry->sibling->link = &entry->sibling;
    *link = entry;
}

void fs_names_remove(struct fs_entry *dir, struct fs_entry *entry)
{
    struct fs_entry **place = &dir->top;
    while (*place != entry)
        place = strcmp(entry->object.name, (*place)->object.name) < 0 ? &(*place)->before : &(*place)->after;
    *place = join(entry->before, entry->after);
    *entry->link = entry->sibling;
    if (entry->sibling)
        entry->sibling->link = entry->link;
    entry->before = entry->after = entry->sibling = NULL;
}
