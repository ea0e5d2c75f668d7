/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "base/landlock.h"

#include <errno.h>
#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/util.h"

/* struct landlock_ruleset_attr as of version 6; headers may be older. */
struct ruleset {
	uint64_t files, tcp, scopes;
};

/* The rights that a rule for a file, not a folder, can allow. */
#define OF_FILES                                                               \
	(BIT64(0) | LANDLOCK_WRITE_FILE | LANDLOCK_READ_FILE | BIT64(14) |     \
	 BIT64(15))

/* How many rights for files each version knows, and the size of its struct. */
static const struct {
	uint8_t rights, size;
} versions[] = {
	[1] = { 13, 8 },  [2] = { 14, 8 },  [3] = { 15, 8 },
	[4] = { 15, 16 }, [5] = { 16, 16 }, [6] = { 16, 24 },
};

int landlock_version(void)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0,
			       LANDLOCK_CREATE_RULESET_VERSION);

	return version < 2 ? 0 : (int)version;
}

int landlock_open(struct landlock *landlock, bool tcp, bool scopes)
{
	int version = MIN(landlock_version(), (int)ARRAY_SIZE(versions) - 1);
	struct ruleset all;

	landlock->rules = -1;
	if (!version)
		return -ENOSYS;
	all.files = BIT64(versions[version].rights) - 1;
	all.tcp = tcp ? 3 : 0;
	all.scopes = scopes ? 3 : 0;
	landlock->files = all.files;
	landlock->rules = (int)syscall(SYS_landlock_create_ruleset, &all,
				       (size_t)versions[version].size, 0);
	return landlock->rules < 0 ? -errno : 0;
}

static long add_rule(const struct landlock *landlock,
		     const struct landlock_path_beneath_attr *rule)
{
	return syscall(SYS_landlock_add_rule, landlock->rules,
		       LANDLOCK_RULE_PATH_BENEATH, rule, 0);
}

int landlock_allow(const struct landlock *landlock, int fd, uint64_t rights)
{
	struct landlock_path_beneath_attr rule = {
		.allowed_access = rights & landlock->files, .parent_fd = fd
	};

	if (add_rule(landlock, &rule) == 0)
		return 0;
	if (errno != EINVAL)
		return -errno;
	/* It is a file, then.  To ask by fstat(2) could take long: a file
	 * server may not answer. */
	rule.allowed_access &= OF_FILES;
	return add_rule(landlock, &rule) < 0 ? -errno : 0;
}

int landlock_enforce(const struct landlock *landlock)
{
	if (syscall(SYS_landlock_restrict_self, landlock->rules, 0) < 0)
		return -errno;
	return 0;
}

void landlock_close(struct landlock *landlock)
{
	close_fd(&landlock->rules);
}
