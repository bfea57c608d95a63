#!/bin/sh
# Breaks the code on purpose, one place at a time, and looks whether the tests notice. A target of its own: it takes minutes.
# usage: break.sh [WORDS]      only the places that are told about in these words
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
git -C "$top" ls-files -z | (cd "$top" && xargs -0 tar -cf -) | (mkdir "$work/src" && tar -C "$work/src" -xf -)
meson setup "$work/build" "$work/src" -Dwerror=false >"$work/log"
ninja -C "$work/build" >"$work/log" || { tail -n 30 "$work/log"; exit 1; }
noticed=0 missed=0
words=${1:-}

# WHAT FILE SED-EXPRESSION TEST...: the break must change the file, build, and turn at least one of the tests red
try() {
    what=$1 file=$work/src/$2 expression=$3
    shift 3
    case $what in *"$words"*) ;; *) return ;; esac
    cp "$file" "$work/kept"
    sed -i "$expression" "$file"
    if cmp -s "$file" "$work/kept"; then
        echo "not ok - $what: the break changes nothing any more; mend break.sh"
        missed=$((missed + 1))
        return
    fi
    if ! ninja -C "$work/build" >"$work/log" 2>&1; then
        echo "ok - $what: does not even compile"
        noticed=$((noticed + 1))
    elif meson test -C "$work/build" --no-rebuild --timeout-multiplier 0.5 "$@" >"$work/log" 2>&1; then
        echo "not ok - $what: $* stay green"
        missed=$((missed + 1))
    else
        echo "ok - $what: $(grep -cE ' (FAIL|TIMEOUT|ERROR) ' "$work/log") of $* turn red"
        noticed=$((noticed + 1))
    fi
    cp "$work/kept" "$file"
}

try "the copy packet of SDMA says one byte more" driver/sdma_packets.c 's/^    \*p++ = bytes - 1;/    *p++ = bytes;/' sdma_packets
try "and through the whole stack" driver/sdma_packets.c 's/return put_address(put_address(p, src), dst)/return put_address(put_address(p, dst), src)/' queue
try "the fence of SDMA goes elsewhere" driver/sdma_packets.c 's/OP_FENCE = 5/OP_FENCE = 6/' sdma_packets
try "the dispatch packet of AQL swaps two fields" driver/aql_packets.c 's/put64(packet, 40, d->kernarg)/put64(packet, 48, d->kernarg)/' aql_packets
try "the dispatch packet forgets LDS" driver/aql_packets.c 's/packet\[7\] = d->group_bytes/packet[7] = 0/' aql_packets kernels
try "the driver reads the descriptor's entry elsewhere" driver/descriptor.c 's/memcpy(&d.entry, bytes + 16, 8)/memcpy(\&d.entry, bytes + 24, 8)/' kernels scratch
try "the simulator enters a kernel at the wrong place" driver/sim/front/aql_dispatch.c 's/d->code_va = p->kernel_object + (uint64_t)kd->entry/d->code_va = p->kernel_object + 256 + (uint64_t)kd->entry/' sim_aql kernels
try "v_add_f32 subtracts" driver/sim/cu/exec_vop2.def 's/f32_add(a, b)/f32_sub(a, b)/' kernels isa_vector_float
try "s_and_b32 ors" driver/sim/cu/exec_scalar.c 's/^LOGIC(and, .*)/LOGIC(and, a | b)/' isa_scalar kernels
try "hidden arguments count incomplete groups" driver/kernarg.c 's/\(dispatch->grid\[kind - HIDDEN_BLOCK_COUNT_X\]\) \/ /1 + \1 \/ /' metadata kernels
try "an integer maximum of three takes two" driver/sim/cu/exec_vop3.def 's/^ROW(v_max3_i32, .*/ROW(v_max3_i32, 0, I32, I32, I32, I32, VEC_MAX(a, b))/' isa_vectors_jit
try "on gfx12 a signaling NaN wins" driver/sim/cu/vector.h 's/v->ieee \&\& !v->gfx12 \&\& w##_signaling(b)/v->ieee \&\& w##_signaling(b)/' isa_vectors_jit
try "rounding down gives +0" driver/sim/cu/exec_scalar_float.c 's/v->round32 == 2 \&\& !signbit/v->round32 == 9 \&\& !signbit/' isa_scalars_jit
try "s_brev reverses all but a bit" driver/sim/cu/exec_scalar.c 's/reverse_bits(a, 64), )/reverse_bits(a, 63), )/' isa_scalars_jit
try "an atomic decrement stops at 1" driver/sim/cu/exec_atomic.c 's/return old == 0 ||/return old <= 1 ||/' isa_accesses_jit
try "halves of a wave swap rows only" driver/sim/cu/exec_lanes.c 's/from\[i \^ 32\]/from[i ^ 16]/' isa_specials_jit
try "an instruction that compilers emit is tested nowhere" tests/isa/vector_integer.def '/^V(v_alignbit_b32/d' isa-coverage
try "a barrier lets waves through" driver/sim/cu/exec_control.c 's/ISA_BARRIER/ISA_RUNNING/' kernels isa_kernels
try "new bytes of a buffer are not zeroed" fs/work/buffer_steps.c 's/GPU_FILL/GPU_NOP/' fs-buffers
try "a fault that was found by asking is told twice" driver/fault.c 's/    if (is_told(gpu, &event))/    if (0 \&\& is_told(gpu, \&event))/' fault
try "a fault is told only after its waiters were answered, and the gate stays open" fs/handover/handover.c 's/    if (all_done(gpu->object.world) /    if (0 /' recovery
try "a freed buffer is not remembered" fs/state/events.c 's/    if (fs_freed_tell(gpu->object.world, address, text))/    if (0)/' events recovery handover
try "the next image of another format is not refused" fs/handover/go.c 's/VERSION << 48/0 << 48/' handover
try "waiting ahead on oneself is let through" driver/submit.c 's/return gpu_err(-EDEADLK,/return 0 * gpu_err(-EDEADLK,/' queue fs-waits contract-queues
try "who waits for a dead queue is told nothing" driver/submit.c 's/result->error = -EOWNERDEAD;/result->error = 0;/' queue fs-waits contract-queues
try "the overlap is that of compute with itself" fs/files/trace_view.c 's/spans_common(&spans\[FS_TRACE_COMPUTE\], &spans\[FS_TRACE_COPY\])/spans_common(\&spans[FS_TRACE_COMPUTE], \&spans[FS_TRACE_COMPUTE])/' trace
try "xnack is not looked at" driver/code_target.c 's/!allows(image->xnack, gpu->xnack) ||/0 ||/' code_target
try "8-bit floats have another bias" driver/sim/cu/minifloat.c 's/\[MINI_E4M3_FNUZ\] = {4, 3, 8, FNUZ}/[MINI_E4M3_FNUZ] = {4, 3, 7, FNUZ}/' isa_matrix
try "a region takes fields for signed" driver/sim/cu/compile_vector.def 's/AND(SHR(A, SB), low_bits(c, SC))/AND(SAR(A, SB), low_bits(c, SC))/' isa_jit
try "a region does not look for NaNs" driver/sim/cu/compile_leave.c '/^void compile_settle/,/^}/s/        nans_check(c);/        (void)nans_check;/' isa_jit
try "a region reads past the end of a range" driver/sim/cu/compile_translate.c 's/B(c, ICmp, LLVM_ULE, in, B(c, Sub, size, n))/B(c, ICmp, LLVM_ULE, in, size)/' isa_jit_memory
try "a region writes the private memory of lanes that are not active" driver/sim/cu/compile_private.c 's/    if (!c->active) {/    if (1) {/' isa_jit_memory
try "a line of lanes is taken for one place" driver/sim/cu/compile_memory.c 's/    bool one = line.step == 0;/    bool one = true;/' isa_kernels_starts
try "waves that begin forget which they are" driver/sim/cu/compile_start.c 's/B(c, Add, number_get(c), compile_int(c, c->i32, 1))/B(c, Add, number_get(c), compile_int(c, c->i32, 2))/' isa_kernels_starts
try "a wave begins anew though others have seen it" driver/sim/cu/compile_leave.c 's/    c->fresh = false;//' isa_kernels_starts
try "rows stay where they were on one way alone" driver/sim/cu/compile_lines.c 's/if (j == others->n)/if (j > others->n)/' isa_kernels_starts
try "a barrier does not wait for a wave that works long" driver/sim/cu/rounds.c 's/if (waves\[i\]->state != ISA_BARRIER)/if (waves[i]->state == ISA_ENDED)/' isa_kernels
try "a row made anew for some lanes is believed of all" driver/sim/cu/compile_lines.c 's/if (from->entry\[i\].all || !wider)/if (1 || wider)/' isa_starts
try "a NaN is forgotten with the row that it was in first" driver/sim/cu/compile_leave.c '/^void compile_nan_forget_row/,/^}/s/            c->nan\[i\].row = -1;/            (void)c;/' isa_starts
try "the first of two places in LDS is written twice" driver/sim/cu/compile_memory.c 's/    if (kind->write \&\& kind->accesses > 1)/    if (0)/' isa_starts
try "a range ends a byte later for those that remember it" driver/sim/cu/compile_translate.c '/^static void window_set/,/^}/s/ - 1)/ - 2)/' isa_starts
try "lanes 4 GiB apart are taken for neighbours" driver/sim/cu/compile_memory.c 's/    if (a->same_high)/    if (0)/' isa_starts
try "an engine that unmaps waits for itself" driver/sim/kernel/svm.c 's/ || sim_vm_entered()//' sim_svm
try "who waits takes results that others are called for" driver/submit.c 's/(quiet \&\& batch->job.done)/(quiet \&\& !batch)/' queue
try "an atomic of a compute queue subtracts" driver/hw/atomics.h 's/\[GPU_ADD\] = 0x2f/[GPU_ADD] = 0x30/' contract-queues pm4_packets
try "what a buffer holds is not shown" driver/ring.c 's/        if (buffer)/        if (0)/' ring
try "errors grow for ever" fs/state/journal.c 's/    if (journal->text.length <= limit)/    if (1)/' fs_errors contract-errors
try "who sleeps in poll is not woken" fs/front/polls.c 's/    poll->handle.notify(poll->handle.handle);/    (void)poll;/' poll
try "a trap handler's exception goes to nobody" driver/sim/front/engine.c 's/    if (!privileged ||/    if (1 ||/' trap
try "the kernel allows XNACK on every family" driver/sim/kernel/svm.c 's/!xnack \&\& machine/machine/' sim_svm kfd_abi svm
try "a signal ends the wait of a command, and the command does not know" fs/state/work.c 's/    request->cut_short = cut_short;//' fs-waits contract-commands
try "a window is as small as the buffer at first" fs/work/buffer_steps.c 's/smallest_window, 4 \* op->room/smallest_window, op->room/' contract-buffers
try "a stat before a command shows in an open after it" fs/front/callback.c 's/^    fs_tree_acts(request->world, request->pid);//' fs-tree
try "threads of the trace have the numbers of processes" fs/files/trace_json.c 's/FIRST = 1001/FIRST = 1/' trace
try "buffers cannot be mapped shared" fs/front/gate.c 's/answer.init.flags2 |= allow_mmap/answer.init.flags2 |= 0/' shared-mmap fs-posix
try "msync lets mappings keep what they had" fs/front/callback.c 's/    if (result || !fs_gate_maps()/    if (1 || !fs_gate_maps()/' shared-mmap
try "what a reset took is shown as noise" fs/handover/restore_losses.c 's/gpu_buffers_clear(gpu->gpu, losses->buffers, losses->n)/0/' resets
try "a reset is believed to keep memory" driver/gpu.c 's/    return losses == gpu->info.vram_losses/    return 1/' resets smi
try "other GPUs wait for ever after a reset" driver/fault.c 's/^        stop_others(gpu);/        (void)stop_others;/' smi
try "an image that crashes on its way takes the mount with it" fs/handover/fall.c 's/    fall.armed = true;/    fall.armed = false;/' handover
try "each submission looks through all that is queued, and tells nobody" driver/submit.c 's/queue->unannounced \&\& batch/0 \&\& batch/' queue fs-commands
try "reports name other programs" fs/report.c 's/    else if (end)/    else if (0)/' report
try "objects made anew get numbers that others have" fs/main.c 's/^    world->next_serial = handover.next_serial;//' resets
try "secondary processes share the primary one's address space" driver/sim/kernel/context.c 's/return process->gpu ?/return 0 ?/' sim_context
try "an interrupt is the primary process's whoever it is for" driver/sim/kernel/event.c 's/= &sim_process_of(gpu)->events;/= \&sim_process_of(NULL)->events;/' sim_context
try "a fault takes the queues of the primary process" driver/sim/kernel/event.c 's/    atomic_store(&gpu->evicted, true);/    atomic_store(\&sim_gpu_card(gpu)->evicted, true);/' sim_context
try "a secondary process outlives its file" driver/sim/libc/preload.c 's/        sim_kfd_closed(fd_file_open);/        (void)fd_file_open;/' kfd_abi
try "an ended process keeps its buffers" driver/sim/kernel/context.c 's/    sim_memory_end(view);/    (void)sim_memory_end;/' sim_context
try "amdkfd: counters are given to two processes" driver/sim/kernel/profiler.c 's/if (how == 1 \&\& holder)/if (0)/' sim_profiler
try "amdkfd: an ended process keeps the counters" driver/sim/kernel/context.c 's/    sim_profiler_end();/    (void)sim_profiler_end;/' sim_profiler
try "amdkfd: counters are for anyone" driver/sim/kernel/profiler.c 's/if (!sim_capable(CAP_PERFMON))/if (0)/' sim_profiler
try "amdkfd 7.3 has an event page" driver/sim/kernel/event.c 's/KFD_PAGELESS_MINOR ? -ENOMEM/99 ? -ENOMEM/' kfd-parity
try "amdkfd: a metadata ring outside of the ring's buffer" driver/sim/kernel/queue.c 's/(uint64_t)a->metadata_bytes : 0/0ull : 0/' sim_queue
try "amdkfd: CRIU's UNPAUSE leaves queues off" driver/sim/kernel/criu.c 's/^        sim_evict_end(&machine->gpu\[i\]);/        (void)machine;/' sim_criu
try "amdkfd: a queue that a debugger has suspended runs on" driver/sim/kernel/queue_debug.c 's/^    atomic_store(&q->sim.suspended, true);/    (void)q;/' sim_debug
try "amdkfd: a ring is unmapped under its queue" driver/sim/kernel/memory.c 's/^    if (b->queue_users\[gpu->index\])/    if (0)/' sim_queue
try "amdkfd: USERPTR is taken in a secondary process" driver/sim/kernel/memory.c 's/KFD_MEM_USERPTR \&\& !sim_primary()/KFD_MEM_USERPTR \&\& 0/' sim_context
echo "$noticed noticed, $missed missed"
[ "$missed" -eq 0 ]
