/* What is used of the Java Native Interface: two entries of its table of functions, by their numbers
   in chapter 4 of its specification, which never change. <jni.h> would ask for a C library, and the
   app's library has none. */
#ifndef JNI_SLOTS_H_
#define JNI_SLOTS_H_

#include <stdint.h>

typedef void *jobject;
typedef int32_t jint;
typedef int64_t jlong;
typedef const void *const *JNIEnv;

#define GET_DIRECT_BUFFER_ADDRESS 230
#define GET_DIRECT_BUFFER_CAPACITY 231

static inline void *buffer_address(JNIEnv *env, jobject buffer)
{
    return ((void *(*)(JNIEnv *, jobject))(*env)[GET_DIRECT_BUFFER_ADDRESS])(env, buffer);
}

static inline jlong buffer_capacity(JNIEnv *env, jobject buffer)
{
    return ((jlong(*)(JNIEnv *, jobject))(*env)[GET_DIRECT_BUFFER_CAPACITY])(env, buffer);
}

#endif /* JNI_SLOTS_H_ */
