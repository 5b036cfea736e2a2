/* What org.tvscm.demo.inference.NativeRunner calls. */
#include "jni_slots.h"
#include "models.h"

#define JAVA(result, name) \
    __attribute__((visibility("default"))) result Java_org_tvscm_demo_inference_NativeRunner_##name

static int same(const char *name, const char *other, jlong length)
{
    for (jlong i = 0; i < length; i++)
        if (name[i] != other[i] || !name[i]) return 0;
    return !name[length];
}

/* The number of the model of that name, in a direct buffer; -1 if there is none. */
JAVA(jint, find)(JNIEnv *env, jobject class, jobject name)
{
    (void)class;
    const char *asked = buffer_address(env, name);
    for (int i = 0; i < model_count; i++)
        if (same(models[i].name, asked, buffer_capacity(env, name))) return i;
    return -1;
}

JAVA(jint, inputBytes)(JNIEnv *env, jobject class, jint model)
{
    (void)env, (void)class;
    return models[model].input_bytes;
}

JAVA(jint, outputBytes)(JNIEnv *env, jobject class, jint model)
{
    (void)env, (void)class;
    return models[model].output_bytes;
}

JAVA(jint, scratchBytes)(JNIEnv *env, jobject class, jint model)
{
    (void)env, (void)class;
    return models[model].scratch_bytes;
}

JAVA(jlong, address)(JNIEnv *env, jobject class, jobject buffer)
{
    (void)class;
    return (jlong)(intptr_t)buffer_address(env, buffer);
}

/* Addresses, for asking for them anew would take longer than a small model. */
JAVA(void, predict)(JNIEnv *env, jobject class, jint model, jlong input, jlong output, jlong scratch)
{
    (void)env, (void)class;
    models[model].predict((const int8_t *)(intptr_t)input, (int8_t *)(intptr_t)output,
                          (void *)(intptr_t)scratch);
}
