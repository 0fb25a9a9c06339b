/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Entry of the multiboot stub, and its ways into the FreeBSD kernels.
 */
#define MB_MAGIC	0x1badb002
#define MB_FLAGS	0x00000003	/* modules on pages, memory map */

	.section .multiboot, "a"
	.align 4
	.long	MB_MAGIC
	.long	MB_FLAGS
	.long	-(MB_MAGIC + MB_FLAGS)

	.text
	.code32
	.globl	_start
_start:
	cli
	cld
	movl	$stack_top, %esp
	pushl	%ebx			/* multiboot information */
	pushl	%eax			/* multiboot magic */
	call	stub_main
1:	hlt
	jmp	1b

#if KERNEL_BITS == 64
/*
 * void enter_amd64(uint32_t pml4, const uint64_t *entry, uint32_t modulep,
 *     uint32_t kernend);
 * Turns on long mode with the given tables and jumps to the kernel with the
 * stack that its btext expects: 32-bit return address, modulep, kernend.
 */
	.globl	enter_amd64
enter_amd64:
	movl	4(%esp), %eax
	movl	8(%esp), %edi
	movl	12(%esp), %esi
	movl	16(%esp), %ebx
	movl	%eax, %cr3
	movl	%cr4, %eax
	orl	$0x20, %eax		/* CR4.PAE */
	movl	%eax, %cr4
	movl	$0xc0000080, %ecx	/* EFER */
	rdmsr
	orl	$0x100, %eax		/* EFER.LME */
	wrmsr
	movl	%cr0, %eax
	orl	$0x80000001, %eax	/* CR0.PG, CR0.PE */
	movl	%eax, %cr0
	lgdt	gdt_desc
	ljmp	$0x08, $long_mode

	.code64
long_mode:
	movl	$0x10, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	xorl	%eax, %eax
	movl	%eax, %fs
	movl	%eax, %gs
	movl	$stack_top - 16, %esp
	movl	$0, 0(%rsp)
	movl	%esi, 4(%rsp)
	movl	%ebx, 8(%rsp)
	jmp	*(%rdi)
#else
/*
 * void enter_i386(uint32_t entry, uint32_t howto, struct bootinfo *bi,
 *     uint32_t modulep, uint32_t kernend);
 * Paging stays off.  The kernel's btext is called as by the boot blocks:
 * (howto, bootdev, 0, 0, 0, bootinfo, modulep, kernend).
 */
	.globl	enter_i386
enter_i386:
	lgdt	gdt_desc
	ljmp	$0x08, $1f
1:	movl	$0x10, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	movl	4(%esp), %ecx
	movl	8(%esp), %edx
	movl	12(%esp), %esi
	movl	16(%esp), %edi
	movl	20(%esp), %ebx
	movl	$stack_top, %esp
	pushl	%ebx
	pushl	%edi
	pushl	%esi
	pushl	$0
	pushl	$0
	pushl	$0
	pushl	$0			/* bootdev */
	pushl	%edx
	call	*%ecx
2:	hlt
	jmp	2b
#endif

	.section .rodata
	.align 8
#if KERNEL_BITS == 64
#define CODE	0x00af9a000000ffff
#else
#define CODE	0x00cf9a000000ffff
#endif
gdt:	.quad	0
	.quad	CODE
	.quad	0x00cf92000000ffff	/* data */
gdt_desc:
	.word	. - gdt - 1
	.long	gdt

	.bss
	.align 16
	.skip	16384
stack_top:
	.section .note.GNU-stack, "", @progbits
