/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parts of ELF, of multiboot and of FreeBSD's loader interface that the
 * stub needs.  KERNEL_BITS says which kernel it is for: 64 (amd64), 32 (i386).
 */
#ifndef _TESTS_VM_STUB_H_
#define _TESTS_VM_STUB_H_

typedef unsigned char uint8_t;
typedef unsigned short uint16_t;
typedef unsigned int uint32_t;
typedef unsigned long long uint64_t;

#if KERNEL_BITS == 64
typedef uint64_t word;		/* the kernel's u_long and pointers */
#define ELF_CLASS	2
#define ELF_MACHINE	62
#define KLD_TYPE	"elf obj module"
#else
typedef uint32_t word;
#define ELF_CLASS	1
#define ELF_MACHINE	3
#define KLD_TYPE	"elf module"
#endif

struct elf_ehdr {
	uint8_t ident[16];
	uint16_t type, machine;
	uint32_t version;
	word entry, phoff, shoff;
	uint32_t flags;
	uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct elf_phdr {
	uint32_t type;
#if KERNEL_BITS == 64
	uint32_t flags;
#endif
	word offset, vaddr, paddr, filesz, memsz;
#if KERNEL_BITS == 32
	uint32_t flags;
#endif
	word align;
};

struct elf_shdr {
	uint32_t name, type;
	word flags, addr, offset, size;
	uint32_t link, info;
	word addralign, entsize;
};

enum { ET_REL = 1, ET_EXEC = 2, ET_DYN = 3 };
enum { PT_LOAD = 1, PT_DYNAMIC = 2 };
enum {
	SHT_PROGBITS = 1, SHT_SYMTAB = 2, SHT_STRTAB = 3, SHT_RELA = 4,
	SHT_NOBITS = 8, SHT_REL = 9, SHT_INIT_ARRAY = 14, SHT_FINI_ARRAY = 15,
	SHT_X86_64_UNWIND = 0x70000001
};
#define SHF_ALLOC	2u

#define MB_BOOT_MAGIC	0x2badb002u
#define MBI_CMDLINE	0x04u
#define MBI_MODS	0x08u
#define MBI_MMAP	0x40u

struct mb_info {
	uint32_t flags, mem_lower, mem_upper, boot_device, cmdline;
	uint32_t mods_count, mods_addr, syms[4], mmap_length, mmap_addr;
};

struct mb_mod {
	uint32_t start, end, string, reserved;
};

struct mb_mmap {
	uint32_t size;		/* of what follows */
	uint64_t base, length;
	uint32_t type;
} __attribute__((packed));

/* <sys/linker.h>, <machine/metadata.h>: records of the modinfo list. */
enum {
	MODINFO_END = 0, MODINFO_NAME = 1, MODINFO_TYPE = 2, MODINFO_ADDR = 3,
	MODINFO_SIZE = 4, MODINFO_METADATA = 0x8000
};
enum {
	MD_ELFHDR = 0x02, MD_SSYM = 0x03, MD_ESYM = 0x04, MD_DYNAMIC = 0x05,
	MD_ENVP = 0x06, MD_HOWTO = 0x07, MD_KERNEND = 0x08, MD_SHDR = 0x09,
	MD_SMAP = 0x1001, MD_MODULEP = 0x1006
};
#define RB_SERIAL	0x1000u
#define RB_BOOTINFO	0x80000000u

#define PAGE		4096u
#define LOWEST		0x100000u	/* a kernel's segments are above */

/* Where the pieces of one file went. */
struct placed {
	char name[64];
	const struct elf_ehdr *eh;	/* 0: a memory disk */
	uint32_t addr, size;
	uint32_t shdr;			/* a kld's section headers */
	uint32_t dynamic;		/* a shared kld's _DYNAMIC, from addr */
	uint32_t ssym, esym;		/* the kernel's symbols */
};

/* stub.c */
extern uint8_t stub_start[];
extern uint32_t top;		/* first free byte above what is in place */
void	fail(const char *what, const char *name) __attribute__((noreturn));
void	*memmove(void *, const void *, uint32_t);
void	*memset(void *, int, uint32_t);
uint32_t length(const char *);
uint32_t round_up(uint32_t value, uint32_t align);
uint32_t place(const void *from, uint32_t n, uint32_t align);
uint32_t place_kernel(struct placed *);		/* the entry address */
void	place_kld(struct placed *);

/* modinfo.c: the list's address; *kernend is what it ends at. */
uint32_t place_modinfo(const struct placed *, uint32_t nfiles, uint32_t howto,
	    uint32_t envp, uint32_t smap, uint32_t smap_size, uint32_t *kernend);

/* enter_amd64.c, enter_i386.c */
void	start_kernel(uint32_t entry, uint32_t howto, uint32_t envp,
	    uint32_t modulep, uint32_t kernend, const struct placed *kernel)
	    __attribute__((noreturn));

#endif /* _TESTS_VM_STUB_H_ */
