// SPDX-License-Identifier: GPL-2.0
/*
 * A module that does one thing wrong, on purpose: `insmod proof.ko fault=NAME`.
 *
 * Each fault is for one checker of a debug kernel, which must report it; only
 * then does it mean something that the checkers have nothing to say about
 * tcplife.  Not for a machine that is used for anything else.
 */
#include <linux/delay.h>
#include <linux/irq_work.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/rculist.h>
#include <linux/refcount.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/timer.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>

static char *fault = "none";
module_param(fault, charp, 0444);
MODULE_PARM_DESC(fault, "what to do wrong");

/* Read where the compiler must not know what it reads. */
static volatile int three = 3;
static volatile int eighty = 80;

/* Where results go, so that nothing is left out as unused. */
static volatile long sink;

static DEFINE_SPINLOCK(first);
static DEFINE_SPINLOCK(second);
static DEFINE_RAW_SPINLOCK(raw);
static DEFINE_MUTEX(sleeping);
static DEFINE_PER_CPU(int, own);

static void none(void)
{
}

/* --- memory --------------------------------------------------------------- */

static void leak(void)
{
	int i;

	for (i = 0; i < 10; i++) {
		char *lost = kmalloc(200, GFP_KERNEL);

		OPTIMIZER_HIDE_VAR(lost);
	}
}

static void use_after_free(void)
{
	char *memory = kmalloc(100, GFP_KERNEL);

	kfree(memory);
	OPTIMIZER_HIDE_VAR(memory);
	sink = READ_ONCE(memory[50]);
}

static void double_free(void)
{
	char *memory = kmalloc(100, GFP_KERNEL);

	kfree(memory);
	OPTIMIZER_HIDE_VAR(memory);
	kfree(memory);
}

static void beyond_slab(void)
{
	char *memory = kmalloc(100, GFP_KERNEL);

	OPTIMIZER_HIDE_VAR(memory);
	WRITE_ONCE(memory[101], 1);
	kfree(memory);
}

static void beyond_stack(void)
{
	char memory[20] = { 0 };
	char *hidden = memory;

	OPTIMIZER_HIDE_VAR(hidden);
	sink = READ_ONCE(hidden[20 + three]);
}

static void beyond_vmalloc(void)
{
	char *memory = vmalloc(100);

	OPTIMIZER_HIDE_VAR(memory);
	sink = READ_ONCE(memory[101]);
	vfree(memory);
}

static void wild_pointer(void)
{
	int *nowhere = (int *)(long)(three * 8);

	WRITE_ONCE(*nowhere, 1);
}

/* --- what C leaves undefined ---------------------------------------------- */

static void shift(void)
{
	sink = 1 << eighty;
}

static void array_index(void)
{
	static struct {
		int entries[3];
		int beyond;
	} array;

	sink = array.entries[three];
}

static void bool_value(void)
{
	char value = three;
	bool *truth = (bool *)&value;

	OPTIMIZER_HIDE_VAR(truth);
	sink = *truth;
}

/* --- sleep and preemption ------------------------------------------------- */

static void sleep_in_atomic(void)
{
	preempt_disable();
	mutex_lock(&sleeping);
	mutex_unlock(&sleeping);
	preempt_enable();
}

static void allocation_in_atomic(void)
{
	preempt_disable();
	kfree(kmalloc(100, GFP_KERNEL));
	preempt_enable();
}

static void sleep_in_rcu(void)
{
	rcu_read_lock();
	might_sleep();
	rcu_read_unlock();
}

static void preemptible_per_cpu(void)
{
	__this_cpu_inc(own);
}

/* --- RCU and lists -------------------------------------------------------- */

static void rcu_without_lock(void)
{
	static int __rcu *pointer;

	sink = (long)rcu_dereference(pointer);
}

struct entry {
	struct list_head node;
	struct rcu_head rcu;
};

static void list_without_lock(void)
{
	static LIST_HEAD(head);
	struct entry *entry;

	list_for_each_entry_rcu(entry, &head, node)
		sink = (long)entry;
}

static void let_go(struct rcu_head *rcu)
{
	sink = (long)rcu;
}

static void call_rcu_twice(void)
{
	static struct entry entry;

	call_rcu(&entry.rcu, let_go);
	call_rcu(&entry.rcu, let_go);
	rcu_barrier();
}

static void list_corruption(void)
{
	struct entry *entry = kzalloc(sizeof(*entry), GFP_KERNEL);

	INIT_LIST_HEAD(&entry->node);
	entry->node.next = (struct list_head *)&entry->rcu;
	list_del(&entry->node);
	kfree(entry);
}

/* --- objects in use ------------------------------------------------------- */

struct machine {
	struct timer_list timer;
	struct delayed_work work;
};

static void expire(struct timer_list *timer)
{
}

static void armed_timer(void)
{
	struct machine *machine = kzalloc(sizeof(*machine), GFP_KERNEL);

	timer_setup(&machine->timer, expire, 0);
	mod_timer(&machine->timer, jiffies + 1000 * HZ);
	kfree(machine);
}

static void work(struct work_struct *unused)
{
}

static void pending_work(void)
{
	struct machine *machine = kzalloc(sizeof(*machine), GFP_KERNEL);

	INIT_DELAYED_WORK(&machine->work, work);
	schedule_delayed_work(&machine->work, 1000 * HZ);
	kfree(machine);
}

static void refcount_underflow(void)
{
	refcount_t count = REFCOUNT_INIT(1);

	sink = refcount_dec_and_test(&count);
	sink = refcount_dec_and_test(&count);
}

/* --- locks, after which lockdep is off ------------------------------------ */

static void lock_order(void)
{
	spin_lock(&first);
	spin_lock(&second);
	spin_unlock(&second);
	spin_unlock(&first);

	spin_lock(&second);
	spin_lock(&first);
	spin_unlock(&first);
	spin_unlock(&second);
}

static void lock_kinds(void)
{
	raw_spin_lock(&raw);
	spin_lock(&first);
	spin_unlock(&first);
	raw_spin_unlock(&raw);
}

static void interrupted(struct irq_work *unused)
{
	raw_spin_lock(&raw);
	raw_spin_unlock(&raw);
}

static void lock_in_interrupt(void)
{
	static struct irq_work interrupt = IRQ_WORK_INIT_HARD(interrupted);

	irq_work_queue(&interrupt);
	irq_work_sync(&interrupt);
	raw_spin_lock(&raw);
	raw_spin_unlock(&raw);
}

/* --- data races ----------------------------------------------------------- */

static int counted;

static int count(void *unused)
{
	while (!kthread_should_stop()) {
		counted++;
		cond_resched();
	}
	return 0;
}

static void race(void)
{
	struct task_struct *one = kthread_run(count, NULL, "one");
	struct task_struct *other = kthread_run(count, NULL, "other");

	msleep(5000);
	if (!IS_ERR(one))
		kthread_stop(one);
	if (!IS_ERR(other))
		kthread_stop(other);
}

#define FAULT(name) { #name, name }

static const struct {
	const char *name;
	void (*commit)(void);
} faults[] = {
	FAULT(none),
	FAULT(leak), FAULT(use_after_free), FAULT(double_free),
	FAULT(beyond_slab), FAULT(beyond_stack), FAULT(beyond_vmalloc),
	FAULT(wild_pointer),
	FAULT(shift), FAULT(array_index), FAULT(bool_value),
	FAULT(sleep_in_atomic), FAULT(allocation_in_atomic),
	FAULT(sleep_in_rcu), FAULT(preemptible_per_cpu),
	FAULT(rcu_without_lock), FAULT(list_without_lock),
	FAULT(call_rcu_twice), FAULT(list_corruption),
	FAULT(armed_timer), FAULT(pending_work), FAULT(refcount_underflow),
	FAULT(lock_order), FAULT(lock_kinds), FAULT(lock_in_interrupt),
	FAULT(race),
};

static int __init proof_init(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(faults); i++) {
		if (strcmp(faults[i].name, fault))
			continue;
		faults[i].commit();
		return 0;
	}
	pr_err("proof: no such fault: %s\n", fault);
	return -EINVAL;
}

static void __exit proof_exit(void)
{
}

module_init(proof_init);
module_exit(proof_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Deliberate faults, each for one checker of a debug kernel");
