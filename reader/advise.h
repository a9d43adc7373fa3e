/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCPLIFECTL_ADVISE_H
#define TCPLIFECTL_ADVISE_H

#include "facts.h"

#define EVIDENCE_MAX	12

/**
 * enum severity - how bad a finding is
 * @SEVERITY_NOTE: worth knowing
 * @SEVERITY_WARNING: connections suffer, or have suffered
 * @SEVERITY_CRITICAL: connections are refused or lost now, or soon will be
 */
enum severity {
	SEVERITY_NOTE,
	SEVERITY_WARNING,
	SEVERITY_CRITICAL,
};

/**
 * struct evidence - a number that a finding rests on
 * @name: what it is, as a key in JSON; where there is an attribute or a setting
 *	of the kernel, that name
 * @value: the number
 */
struct evidence {
	const char	*name;
	uint64_t	value;
};

/**
 * struct finding - something that is wrong
 * @rule: which rule found it
 * @severity: how bad it is
 * @subject: what it is about: an address and port, a process, an outcome
 * @finding: what is wrong, in one sentence
 * @advice: which setting or design helps
 * @count: of @evidence
 * @evidence: the numbers
 */
struct finding {
	const char	*rule;
	enum severity	severity;
	char		subject[160];
	char		finding[256];
	char		advice[1024];
	unsigned int	count;
	struct evidence	evidence[EVIDENCE_MAX];
};

/**
 * struct advice - where findings go
 * @found: called with each
 * @context: for @found
 */
struct advice {
	void	(*found)(void *context, const struct finding *finding);
	void	*context;
};

const char *severity_word(enum severity severity);
void advise(const struct facts *facts, const struct advice *advice);

#endif /* TCPLIFECTL_ADVISE_H */
