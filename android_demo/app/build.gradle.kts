plugins {
    alias(libs.plugins.android.application)
}

android {
    namespace = "org.tvscm.demo"
    compileSdk = 35

    defaultConfig {
        applicationId = "org.tvscm.demo"
        minSdk = 24
        targetSdk = 35
        versionCode = 1
        versionName = "0.2.0"
        ndk {
            abiFilters += listOf("arm64-v8a", "armeabi-v7a", "x86_64")
        }
    }

    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_1_8
        targetCompatibility = JavaVersion.VERSION_1_8
    }

    androidResources {
        noCompress += "tflite"
    }

    // What `make android` makes: the models and other assets, and the app's own C library.
    sourceSets {
        getByName("main") {
            assets.srcDir("../build/assets")
            jniLibs.srcDir("../build/jni")
        }
        getByName("test").resources.srcDirs("../build/assets", "../build/test")
    }

    testOptions {
        unitTests.isIncludeAndroidResources = true
    }
}

dependencies {
    implementation(libs.tensorflow.lite)
    testImplementation(libs.junit)
    testImplementation(libs.robolectric)
}
