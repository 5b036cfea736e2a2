#if X86 || ARM
    static int known; /* the only thing that is kept; any thread finds the same */
    int set = __atomic_load_n(&known, __ATOMIC_RELAXED);
    if (!set) {
        set = instruction_set();
        __atomic_store_n(&known, set, __ATOMIC_RELAXED);
    }
#if X86 && TVSCM_MOST > 2
    if (set > 2) {
        predict_3(input, output, scratch);
        return;
    }
#endif
#if TVSCM_MOST > 1
    if (set > 1) {
        predict_2(input, output, scratch);
        return;
    }
#endif
    predict_1(input, output, scratch);
#else
    predict_0(input, output, scratch);
#endif
